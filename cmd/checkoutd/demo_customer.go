package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// customer looks at pages and sends their forms, as a browser without scripts
// would. It reads French.
type customer struct{ client *http.Client }

// webPage is an answer as the customer sees it.
type webPage struct {
	url      *url.URL
	status   int
	location *url.URL // where the answer sends the customer; nil if nowhere
	heading  string
	text     string // all that there is to read, with plain spaces
	forms    []webForm
}

// webForm is a form of a page.
type webForm struct {
	action  *url.URL
	fields  url.Values // what is sent if the customer only presses a button
	buttons url.Values // the named buttons
	empty   []string   // fields that must be filled in and are not
}

// open gets the page at address.
func (c customer) open(ctx context.Context, address string) (*webPage, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return c.do(r)
}

// send sends the only form of p as it is filled in, with the fields of choice
// chosen and, if there is a name, the button of that name and value pressed.
func (c customer) send(ctx context.Context, p *webPage, choice url.Values, name, value string) (*webPage, error) {
	if len(p.forms) != 1 {
		return nil, fmt.Errorf("%s has %d forms, want 1: %s", p.url, len(p.forms), p.text)
	}
	f := p.forms[0]
	for field, values := range choice {
		f.fields[field] = values
	}
	if len(f.empty) > 0 {
		return nil, fmt.Errorf("%s wants %s to be filled in", p.url, strings.Join(f.empty, ", "))
	}
	if name != "" {
		if !slices.Contains(f.buttons[name], value) {
			return nil, fmt.Errorf("%s has no button %s=%s", p.url, name, value)
		}
		f.fields.Set(name, value)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.action.String(), strings.NewReader(f.fields.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r)
}

func (c customer) do(r *http.Request) (*webPage, error) {
	r.Header.Set("Accept-Language", "fr")
	res, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	p := &webPage{url: r.URL, status: res.StatusCode}
	if p.location, err = res.Location(); err != nil && !errors.Is(err, http.ErrNoLocation) {
		return nil, err
	}
	if err := p.read(io.LimitReader(res.Body, maxAnswer)); err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL, err)
	}
	return p, nil
}

// read reads the HTML of our own pages, which is simple enough for the lenient
// mode of encoding/xml.
func (p *webPage) read(r io.Reader) error {
	d := xml.NewDecoder(r)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var inside []string
	var text, heading strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			inside = append(inside, t.Name.Local)
			if err := p.element(t); err != nil {
				return err
			}
		case xml.EndElement:
			inside = inside[:len(inside)-1]
		case xml.CharData:
			switch {
			case slices.Contains(inside, "style"), slices.Contains(inside, "script"):
				continue
			case slices.Contains(inside, "h1"):
				heading.Write(t)
			}
			text.Write(t)
			text.WriteByte(' ')
		}
	}
	p.heading, p.text = plain(heading.String()), plain(text.String())
	return nil
}

// element takes note of forms and what belongs to them.
func (p *webPage) element(e xml.StartElement) error {
	has := map[string]bool{}
	value := map[string]string{}
	for _, a := range e.Attr {
		has[a.Name.Local], value[a.Name.Local] = true, a.Value
	}
	if e.Name.Local == "form" {
		action, err := p.url.Parse(value["action"])
		p.forms = append(p.forms, webForm{action: action, fields: url.Values{}, buttons: url.Values{}})
		return err
	}
	if len(p.forms) == 0 || !has["name"] {
		return nil
	}
	f, name := &p.forms[len(p.forms)-1], value["name"]
	switch {
	case e.Name.Local == "button":
		f.buttons.Add(name, value["value"])
	case e.Name.Local != "input", value["type"] == "radio" && !has["checked"]:
	default:
		f.fields.Add(name, value["value"])
		if has["required"] && value["value"] == "" {
			f.empty = append(f.empty, name)
		}
	}
	return nil
}

// plain returns text with one plain space wherever it has any spaces.
func plain(text string) string { return strings.Join(strings.Fields(text), " ") }
