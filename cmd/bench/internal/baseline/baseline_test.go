package baseline

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSchemaIsTheOneOfCheckoutd keeps the row and the indexes that are measured
// against equal to the real ones.
func TestSchemaIsTheOneOfCheckoutd(t *testing.T) {
	text, err := os.ReadFile("../../../../schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	want := sessionStatements(string(text))
	if got := sessionStatements(schema); got != want || got == "" {
		t.Errorf("schema is\n%s\nwant\n%s", got, want)
	}
}

// sessionStatements returns the statements of text that make the table of
// sessions and its indexes, without comments.
func sessionStatements(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "--") {
			kept.WriteString(line)
		}
	}
	var found []string
	for s := range strings.SplitSeq(kept.String(), ";") {
		s = strings.TrimSpace(s)
		if strings.HasPrefix(s, "CREATE TABLE checkoutd_sessions ") || strings.Contains(s, " ON checkoutd_sessions ") {
			found = append(found, s)
		}
	}
	return strings.Join(found, "\n")
}

// serve starts the baseline on a new database and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, filepath.Join(t.TempDir(), "b.db"), write) }()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		t.Fatalf("first line %q", line)
	}
	return addr
}

// call sends a request and decodes the answer into out.
func call(t *testing.T, method, url, body string, status int, out any) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != status || resp.ContentLength <= 0 {
		t.Fatalf("%s %s: %s, %d bytes, want %d", method, url, resp.Status, resp.ContentLength, status)
	}
	if out != nil {
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCreatedSessionsAreReadBackAsTheyWereAnswered(t *testing.T) {
	base := serve(t)
	var first, second, got answer
	call(t, "POST", base+"/checkout-sessions", `{"amount":10000,"currency_code":"XOF","title":"a","metadata":{"k":"v"}}`, 201, &first)
	call(t, "POST", base+"/checkout-sessions", `{"amount":500,"currency_code":"EUR"}`, 201, &second)
	if first.Amount != 10000 || first.Status != "open" || *first.Title != "a" || string(first.Metadata) != `{"k":"v"}` {
		t.Errorf("created %+v", first)
	}
	call(t, "GET", base+"/checkout-sessions/"+first.ID, "", 200, &got)
	if text(t, got) != text(t, first) {
		t.Errorf("got %s, want %s", text(t, got), text(t, first))
	}
	newer, older := second, first
	if newer.ID < older.ID { // made in one millisecond
		newer, older = older, newer
	}
	for _, query := range []string{"", "?status=open&limit=20"} {
		var list []answer
		call(t, "GET", base+"/checkout-sessions"+query, "", 200, &list)
		if len(list) != 2 || text(t, list[0]) != text(t, newer) || text(t, list[1]) != text(t, older) {
			t.Errorf("list%s = %s", query, text(t, list))
		}
	}
	call(t, "GET", base+"/checkout-sessions/cs_unknown", "", 404, nil)
	call(t, "POST", base+"/checkout-sessions", "{", 400, nil)
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
