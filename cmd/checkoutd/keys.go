package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"text/tabwriter"
	"time"

	"github.com/checkoutd/checkoutd/checkout"
	"github.com/checkoutd/checkoutd/store"
)

type keysCmd struct {
	Create keysCreateCmd `cmd:"" help:"Make a key and print its secret, which is shown only now."`
	List   keysListCmd   `cmd:"" help:"List the keys, without their secrets."`
	Revoke keysRevokeCmd `cmd:"" help:"Make a key useless, within a second."`
}

type keysCreateCmd struct {
	fileFlags
	Env      string `required:"" enum:"test,live" help:"test for sandbox payments, live for real money."`
	Merchant string `default:"default" help:"Whose key it is; made if there is none of that name." placeholder:"NAME"`
}

// Run prints the secret of a new key and nothing else on standard output.
func (c *keysCreateCmd) Run(e *env) error {
	return withService(c.DB, true, func(svc *checkout.Service) error {
		secret, _, err := svc.CreateKey(e.ctx, c.Merchant, c.Env == "live")
		if err != nil {
			return message(err)
		}
		_, err = fmt.Fprintln(e.stdout, secret)
		return err
	})
}

type keysListCmd struct{ fileFlags }

// Run prints one line a key.
func (c *keysListCmd) Run(e *env) error {
	return withService(c.DB, false, func(svc *checkout.Service) error {
		keys, err := svc.Keys(e.ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tKEY\tENV\tMERCHANT\tCREATED\tREVOKED")
		for _, k := range keys {
			revoked := "-"
			if !k.RevokedAt.IsZero() {
				revoked = k.RevokedAt.Format(time.RFC3339)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n",
				k.ID, k.Hint, k.Account.Environment(), k.Account.Name, k.CreatedAt.Format(time.RFC3339), revoked)
		}
		return w.Flush()
	})
}

type keysRevokeCmd struct {
	fileFlags
	ID string `arg:"" help:"Identifier of the key, as keys list shows it."`
}

// Run revokes the key.
func (c *keysRevokeCmd) Run(e *env) error {
	return withService(c.DB, false, func(svc *checkout.Service) error {
		return message(svc.RevokeKey(e.ctx, c.ID))
	})
}

// withService runs f on the database file, which must exist unless make is set.
func withService(file string, make bool, f func(*checkout.Service) error) error {
	return withStore(file, make, func(_ checkout.Store, svc *checkout.Service) error { return f(svc) })
}

// withStore is withService for an f that also reads what the service does not
// show.
func withStore(file string, make bool, f func(checkout.Store, *checkout.Service) error) (err error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && !make {
		return fmt.Errorf("there is no database %s; name the server's with --db", file)
	}
	db, err := store.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	svc, err := checkout.New(checkout.Config{Store: db})
	if err != nil {
		return err
	}
	return f(db, svc)
}

// message strips an error of what only logs are for.
func message(err error) error {
	var e *checkout.Error
	if errors.As(err, &e) && e.Err == nil {
		return errors.New(e.Message)
	}
	return err
}
