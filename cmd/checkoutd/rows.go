package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// kind is one kind of rows that the API holds, as the commands show them.
type kind interface {
	path() string    // where the rows stand in the API
	list() string    // the field of a list that holds the rows, "" for a bare array
	columns() string // names of fields, with spaces between
}

// listCmd lists rows of a kind.
type listCmd[K kind] struct {
	apiFlags
	Filter map[string]string `local:"" help:"Only rows like these, as the API's query parameters spell it." placeholder:"NAME=VALUE"`
	Limit  int               `local:"" default:"20" help:"How many at most." placeholder:"N"`
	JSON   bool              `local:"" name:"json" help:"Print each row as JSON, on a line of its own."`
}

// Run prints rows, the newest first.
func (c *listCmd[K]) Run(e *env) error {
	if c.Limit < 1 {
		return errors.New("--limit must be at least 1")
	}
	api, err := c.open()
	if err != nil {
		return err
	}
	defer api.close()
	var k K
	query := url.Values{}
	for name, value := range c.Filter {
		query.Set(name, value)
	}
	var all []json.RawMessage
	for {
		size := min(c.Limit-len(all), maxPage)
		query.Set("limit", strconv.Itoa(size))
		query.Set("offset", strconv.Itoa(len(all)))
		page, err := api.rows(e, k, query)
		if err != nil {
			return err
		}
		all = append(all, page...)
		if len(page) < size || len(all) >= c.Limit {
			return printRows(e, k, all, c.JSON)
		}
	}
}

// rows reads one page of rows.
func (a *remote) rows(e *env, k kind, query url.Values) (page []json.RawMessage, err error) {
	var raw json.RawMessage
	if err := a.get(e.ctx, k.path()+"?"+query.Encode(), &raw); err != nil {
		return nil, err
	}
	if k.list() != "" {
		var around map[string]json.RawMessage
		if err := json.Unmarshal(raw, &around); err != nil {
			return nil, err
		}
		raw = around[k.list()]
	}
	err = json.Unmarshal(raw, &page)
	return page, err
}

// showCmd shows one row of a kind.
type showCmd[K kind] struct {
	apiFlags
	ID   string `arg:"" help:"Its identifier."`
	JSON bool   `local:"" name:"json" help:"Print it as JSON, on one line."`
}

// Run prints the row.
func (c *showCmd[K]) Run(e *env) error {
	api, err := c.open()
	if err != nil {
		return err
	}
	defer api.close()
	var k K
	var raw json.RawMessage
	if err := api.get(e.ctx, pathOf(k.path(), c.ID), &raw); err != nil {
		return err
	}
	return printRow(e, raw, c.JSON)
}

// made are the flags of commands that create.
type made struct {
	apiFlags
	Metadata map[string]string `local:"" help:"Values of your own, which webhooks and the API give back." placeholder:"NAME=VALUE"`
	JSON     bool              `local:"" name:"json" help:"Print it as JSON, on one line."`
}

// create makes what fields describe and prints it. Fields that are empty are left
// to the server.
func (m *made) create(e *env, path string, fields map[string]any) error {
	api, err := m.open()
	if err != nil {
		return err
	}
	defer api.close()
	if len(m.Metadata) > 0 {
		fields["metadata"] = m.Metadata
	}
	var raw json.RawMessage
	if err := api.post(e.ctx, path, given(fields), &raw); err != nil {
		return err
	}
	return printRow(e, raw, m.JSON)
}

// given returns the fields that are not empty.
func given(fields map[string]any) map[string]any {
	for name, value := range fields {
		switch v := value.(type) {
		case string:
			if v == "" {
				delete(fields, name)
			}
		case int64:
			if v == 0 {
				delete(fields, name)
			}
		case bool:
			if !v {
				delete(fields, name)
			}
		case []string:
			if len(v) == 0 {
				delete(fields, name)
			}
		}
	}
	return fields
}

// row is a row of the API, with numbers as they came.
type row map[string]any

func readRow(raw json.RawMessage) (r row, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&r)
	return r, err
}

// cell returns a field as it is shown in a table. Of a product's prices it shows
// what they cost.
func (r row) cell(name string) string { return cellOf(r[name]) }

func cellOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "-"
	case string:
		return orNone(plainText(v))
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = cellOf(part)
		}
		return orNone(strings.Join(parts, ", "))
	case map[string]any:
		if amount, priced := v["amount"]; priced && v["price_id"] != nil {
			text := fmt.Sprintf("%v %v", amount, v["currency_code"])
			if interval, _ := v["billing_interval"].(string); interval != "" {
				text += " every " + interval
			}
			return text
		}
		text, _ := json.Marshal(v) // it came as JSON
		return plainText(string(text))
	}
	return fmt.Sprint(value)
}

// printRows prints rows as a table, or as JSON.
func printRows(e *env, k kind, list []json.RawMessage, asJSON bool) error {
	if asJSON {
		return printLines(e.stdout, list)
	}
	names := strings.Fields(k.columns())
	table := newTable(e.stdout)
	for i, name := range names {
		if i > 0 {
			fmt.Fprint(table, "\t")
		}
		fmt.Fprint(table, strings.ToUpper(name))
	}
	fmt.Fprintln(table)
	for _, raw := range list {
		r, err := readRow(raw)
		if err != nil {
			return err
		}
		for i, name := range names {
			if i > 0 {
				fmt.Fprint(table, "\t")
			}
			fmt.Fprint(table, r.cell(name))
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}

// printRow prints what a row says, a line for each field in the order in which
// they came, or as JSON.
func printRow(e *env, raw json.RawMessage, asJSON bool) error {
	if asJSON {
		return printLines(e.stdout, []json.RawMessage{raw})
	}
	r, err := readRow(raw)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	table := newTable(e.stdout)
	for depth := 0; d.More() || depth > 0; {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, isName := token.(string)
		switch {
		case token == json.Delim('{'):
			depth = 1
		case token == json.Delim('}'):
			depth = 0
		case isName:
			var value json.RawMessage
			if err := d.Decode(&value); err != nil {
				return err
			}
			if cell := r.cell(name); cell != "-" {
				fmt.Fprintf(table, "%s\t%s\n", strings.ToUpper(name), cell)
			}
		}
	}
	return table.Flush()
}
