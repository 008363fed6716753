// Package sqlitedb is what sqlc generates from schema.sql and queries/. Only
// this comment is written by hand.
package sqlitedb
