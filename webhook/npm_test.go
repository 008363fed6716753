package webhook_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/checkoutd/checkoutd/webhook"
)

// task is one thing for testdata/npm/verify.js to do.
type task struct {
	Do      string            `json:"do"`
	Key     string            `json:"key"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`

	name string
	why  string // the reason why it should fail, "" if it should succeed
}

// result is what came of a task.
type result struct {
	OK        bool   `json:"ok"`
	Error     string `json:"error"`
	Signature string `json:"signature"`
}

// installed returns a folder with verify.js and the packages that
// testdata/npm/package-lock.json pins. The machine must have Node and npm: make
// test installs them.
func installed(t *testing.T) (dir string) {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: .ci/install installs it", err)
		}
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "npm"))); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefer-offline")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}

// do has tasks done by verify.js in dir.
func do(t *testing.T, dir string, tasks []task) []result {
	t.Helper()
	input, err := json.Marshal(tasks)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var complaints bytes.Buffer
	verify := exec.CommandContext(ctx, "node", "verify.js")
	verify.Dir, verify.Stdin, verify.Stderr = dir, bytes.NewReader(input), &complaints
	out, err := verify.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, complaints.Bytes())
	}
	var results []result
	if err := json.Unmarshal(out, &results); err != nil || len(results) != len(tasks) {
		t.Fatalf("%d results for %d tasks, %v", len(results), len(tasks), err)
	}
	return results
}

// bodies are what receivers may have trouble with.
var bodies = map[string]string{
	"ASCII":      `{"data":{"amount":10000},"event":"PAYMENT_SUCCEEDED","id":"evt_1"}`,
	"UTF-8":      `{"data":{"title":"Panier n° 7 — été 🎉 中文"},"id":"evt_1"}`,
	"HTML":       `{"data":{"title":"<b>Awa & Co</b>"},"id":"evt_1"}`,
	"empty data": `{"data":{},"id":"evt_1"}`,
	"U+2028":     "{\"data\":{\"title\":\"a\u2028b\u2029c\"},\"id\":\"evt_1\"}",
	"escapes":    `{"data":{"title":"\u2028\"\\\/\ud83c\udf89\u0000"},"id":"evt_1"}`,
	"big":        `{"data":{"title":"` + strings.Repeat("é ", 400_000) + `"},"id":"evt_1"}`,
}

const (
	noMatch      = "No matching signature found"
	badSignature = "bad signature"

	otherSecret = "whsec_b3RoZXIgc2VjcmV0IG9mIDMyIGJ5dGVzIGV4YWN0bHkhIQ=="
	messageID   = "evt_01K0000000000000000000000"
)

// signedHeaders are those of Standard Webhooks as the dispatcher sends them, with
// a signature by each secret.
func signedHeaders(at time.Time, body []byte, secrets ...string) map[string]string {
	var signatures []string
	for _, s := range secrets {
		signatures = append(signatures, webhook.Sign(s, messageID, at, body))
	}
	return map[string]string{
		"webhook-id": messageID, "webhook-timestamp": strconv.FormatInt(at.Unix(), 10), "webhook-signature": strings.Join(signatures, " "),
	}
}

// standardTasks are what a package for Standard Webhooks accepts and refuses at
// now. It takes the time from the machine's clock.
func standardTasks(library string, now time.Time) (tasks []task) {
	add := func(name, why, key string, headers map[string]string, body []byte) {
		tasks = append(tasks, task{Do: library, Key: key, Headers: headers, Body: body, name: library + ": " + name, why: why})
	}
	with := func(headers map[string]string, name, value string) map[string]string {
		changed := maps.Clone(headers)
		changed[name] = value
		return changed
	}
	for name, text := range bodies {
		body := []byte(text)
		headers := signedHeaders(now, body, secret)
		add(name, "", secret, headers, body)
		add(name+", the old of two secrets", "", otherSecret, signedHeaders(now, body, secret, otherSecret), body)
		add(name+", the new of two secrets", "", secret, signedHeaders(now, body, secret, otherSecret), body)
		add(name+", a changed body", noMatch, secret, headers, append([]byte(" "), body...))
		add(name+", a changed identifier", noMatch, secret, with(headers, "webhook-id", messageID+"1"), body)
		add(name+", a changed time", noMatch, secret, with(headers, "webhook-timestamp", strconv.FormatInt(now.Unix()-1, 10)), body)
		add(name+", another secret", noMatch, otherSecret, headers, body)
	}
	body := []byte(bodies["ASCII"])
	headers := signedHeaders(now, body, secret)
	seed := webhook.EndpointKey([32]byte{1}, "ep_1")
	asymmetric := webhook.SignAsymmetric(seed, messageID, now, body)
	add("four minutes ago", "", secret, signedHeaders(now.Add(-4*time.Minute), body, secret), body)
	add("four minutes ahead", "", secret, signedHeaders(now.Add(4*time.Minute), body, secret), body)
	add("too old", "Message timestamp too old", secret, signedHeaders(now.Add(-webhook.Tolerance-time.Second), body, secret), body)
	add("too new", "Message timestamp too new", secret, signedHeaders(now.Add(2*webhook.Tolerance), body, secret), body)
	add("only v1a", noMatch, secret, with(headers, "webhook-signature", asymmetric), body)
	add("v1a and v1", "", secret, with(headers, "webhook-signature", asymmetric+" "+headers["webhook-signature"]), body)
	add("neither of two secrets", noMatch, "whsec_"+base64.StdEncoding.EncodeToString([]byte("a third")), signedHeaders(now, body, secret, otherSecret), body)
	for name := range headers {
		without := maps.Clone(headers)
		delete(without, name)
		add("without "+name, "Missing required headers", secret, without, body)
	}
	return tasks
}

// lomiTasks are what lomi.'s own plugins accept and refuse.
func lomiTasks() (tasks []task) {
	for name, text := range bodies {
		body := []byte(text)
		headers := map[string]string{"x-lomi-signature": webhook.SignLomi(secret, body)}
		tasks = append(tasks,
			task{Do: "lomi", Key: secret, Headers: headers, Body: body, name: "lomi: " + name},
			task{Do: "lomi", Key: secret, Headers: headers, Body: append([]byte(" "), body...), name: "lomi: a changed body", why: badSignature},
			task{Do: "lomi", Key: otherSecret, Headers: headers, Body: body, name: "lomi: another secret", why: badSignature},
			task{Do: "lomi", Key: strings.TrimPrefix(secret, "whsec_"), Headers: headers, Body: body, name: "lomi: a part of the secret", why: badSignature},
			task{Do: "lomi", Key: secret, Headers: map[string]string{}, Body: body, name: "lomi: no signature", why: badSignature},
		)
	}
	return tasks
}

// asymmetricTasks are signatures that only the public key is needed for.
func asymmetricTasks(now time.Time) (tasks []task) {
	key := webhook.EndpointKey([32]byte{1}, "ep_1")
	public, other := webhook.PublicKey(key), webhook.PublicKey(webhook.EndpointKey([32]byte{1}, "ep_2"))
	for name, text := range bodies {
		body := []byte(text)
		headers := signedHeaders(now, body, secret)
		headers["webhook-signature"] += " " + webhook.SignAsymmetric(key, messageID, now, body)
		renamed := maps.Clone(headers)
		renamed["webhook-id"] += "1"
		tasks = append(tasks,
			task{Do: "v1a", Key: public, Headers: headers, Body: body, name: "v1a: " + name},
			task{Do: "v1a", Key: public, Headers: headers, Body: append([]byte(" "), body...), name: "v1a: a changed body", why: badSignature},
			task{Do: "v1a", Key: public, Headers: renamed, Body: body, name: "v1a: a changed identifier", why: badSignature},
			task{Do: "v1a", Key: other, Headers: headers, Body: body, name: "v1a: another endpoint's key", why: badSignature},
		)
	}
	return tasks
}

// Merchants check our signatures with the packages that their platform has.
func TestPackagesOfNPMAgreeWithOurSignatures(t *testing.T) {
	dir := installed(t)
	now := time.Now() // the receivers' clock, which is the machine's
	tasks := append(standardTasks("standardwebhooks", now), standardTasks("svix", now)...)
	tasks = append(append(tasks, lomiTasks()...), asymmetricTasks(now)...)
	signed := len(tasks)
	for _, text := range bodies {
		tasks = append(tasks, task{Do: "sign", Key: secret, Headers: signedHeaders(now, nil), Body: []byte(text), name: "sign"})
	}
	results := do(t, dir, tasks)
	for i, r := range results {
		if r.OK != (tasks[i].why == "") || r.Error != tasks[i].why {
			t.Errorf("%s: ok %v, %q, want %q", tasks[i].name, r.OK, r.Error, tasks[i].why)
		}
	}
	for i, r := range results[signed:] {
		header := http.Header{}
		for name, value := range tasks[signed+i].Headers {
			header.Set(name, value)
		}
		header.Set("Webhook-Signature", r.Signature)
		if err := webhook.Verify(header, tasks[signed+i].Body, now, secret); err != nil {
			t.Errorf("what standardwebhooks signed as %q: %v", r.Signature, err)
		}
		if err := webhook.Verify(header, tasks[signed+i].Body, now, otherSecret); err == nil {
			t.Error("another secret verifies it too")
		}
	}
}
