package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
)

// A shop keeps its orders and our sessions in one database, and commits them
// together.
func ExampleJoin() {
	dir, err := os.MkdirTemp("", "shop")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	shop, err := sql.Open("sqlite", filepath.Join(dir, "shop.db")+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(ON)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		panic(err)
	}
	defer shop.Close()
	db, err := store.Use(shop)
	if err != nil {
		panic(err)
	}
	svc, err := checkout.New(checkout.Config{Store: db})
	if err != nil {
		panic(err)
	}

	tx, err := shop.BeginTx(ctx, nil)
	if err != nil {
		panic(err)
	}
	s, err := svc.CreateSessionIn(store.Join(ctx, tx), checkout.CreateSessionParams{
		Total: checkout.Money{Amount: 12500, Currency: checkout.XOF},
	})
	fmt.Println(s.Status, err)
	fmt.Println(tx.Rollback()) // the order was not placed after all

	_, err = svc.Session(ctx, checkout.Account{}, s.ID)
	fmt.Println(checkout.CodeOf(err))
	// Output:
	// open <nil>
	// <nil>
	// not_found
}
