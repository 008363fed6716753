package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the database behind conn to the newest schema, one transaction
// a step. name is what errors call it.
//
// The version is kept in a table, because PRAGMA user_version may belong to the
// embedding program.
func migrate(ctx context.Context, conn *sql.Conn, name string) error {
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return err
	}
	for done := false; !done; {
		if _, err := conn.ExecContext(ctx, sqlWrite); err != nil {
			return fmt.Errorf("database %s: %w", name, mapErr(err))
		}
		done, err = step(ctx, conn, name, files)
		if err != nil {
			_, _ = conn.ExecContext(ctx, sqlRollback)
			return err
		}
		if _, err := conn.ExecContext(ctx, sqlCommit); err != nil {
			_, _ = conn.ExecContext(ctx, sqlRollback)
			return fmt.Errorf("database %s: %w", name, mapErr(err))
		}
	}
	return nil
}

// step applies the next migration and reports whether none was left.
func step(ctx context.Context, conn *sql.Conn, name string, files []string) (done bool, err error) {
	var version int
	_, err = conn.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS checkoutd_migrations (version INTEGER NOT NULL PRIMARY KEY) STRICT")
	if err == nil {
		err = conn.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM checkoutd_migrations").Scan(&version)
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("database %s: %w", name, mapErr(err))
	case version > len(files):
		return false, fmt.Errorf("database %s is from a newer version of checkoutd (schema %d, this one knows %d): upgrade checkoutd or restore a backup", name, version, len(files))
	case version == len(files):
		return true, nil
	}
	text, err := migrations.ReadFile(files[version])
	if err != nil {
		return false, err
	}
	if _, err := conn.ExecContext(ctx, string(text)); err != nil {
		return false, fmt.Errorf("database %s: %s: %w", name, files[version], mapErr(err))
	}
	_, err = conn.ExecContext(ctx, "INSERT INTO checkoutd_migrations (version) VALUES (?)", version+1)
	return false, mapErr(err)
}
