package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// blocks returns the fenced blocks of the README that carry a mark.
func blocks(t *testing.T, mark string) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var found strings.Builder
	for _, part := range strings.Split(string(text), "<!-- test: "+mark+" -->\n```")[1:] {
		_, code, _ := strings.Cut(part, "\n")
		code, _, ok := strings.Cut(code, "\n```")
		if !ok {
			t.Fatalf("a block marked %s has no end", mark)
		}
		found.WriteString(code + "\n")
	}
	if found.Len() == 0 {
		t.Fatalf("no block is marked %s", mark)
	}
	return found.String()
}

// TestReadmeEmbedsInAnotherProgram builds and runs the README's program as a
// module of its own.
func TestReadmeEmbedsInAnotherProgram(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	embedder := strings.Replace(string(mod), "module github.com/checkoutd/checkoutd", "module example.com/shop", 1) +
		"\nrequire github.com/checkoutd/checkoutd v0.0.0\n\nreplace github.com/checkoutd/checkoutd => " + root + "\n"
	test := "package main\n\nimport (\n\t\"testing\"\n\t\"time\"\n\n\t\"github.com/benbjohnson/clock\"\n"
	for _, path := range []string{"", "/checkouttest", "/provider/client", "/provider/simulator", "/provider/wave", "/provider/wave/wavetest"} {
		test += "\t\"github.com/checkoutd/checkoutd/checkout" + path + "\"\n"
	}
	test += ")\n\n" + blocks(t, "kit") + blocks(t, "fake")
	for name, content := range map[string]string{
		"go.mod": embedder, "go.sum": string(sum), "main.go": blocks(t, "embed"), "main_test.go": test,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"run", "-mod=mod", "."}, "1 expired\n"},
		{[]string{"test", "-mod=mod", "-v", "."}, "--- PASS: TestDelayedPayment"},
		{[]string{"test", "-mod=mod", "-v", "."}, "--- PASS: TestLostWebhook"},
	} {
		run := exec.Command("go", c.args...)
		run.Dir = dir
		run.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		if out, err := run.CombinedOutput(); err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("go %v: %v: %s", c.args, err, out)
		}
	}
}

// TestReadmeCommandsWork runs the README's first commands one after the other.
func TestReadmeCommandsWork(t *testing.T) {
	out := commands(t, "quickstart")
	for _, want := range []string{`"status":"open","amount":10000`, `"transaction_type":"payment","status":"completed"`, `"status":"completed","amount":10000`,
		`"status":"open","amount":20000`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
}

// TestReadmeSimulates runs the README's commands for a simulated provider.
func TestReadmeSimulates(t *testing.T) {
	out := commands(t, "simulate")
	for _, want := range []string{`{"ok":true}`, `"status":"completed","amount":10000`} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
}

// commands runs commands of the README in a copy of the folder's place, on a port
// that is free, and ends what they start. Where the README sleeps it waits for
// what comes next.
func commands(t *testing.T, mark string) string {
	t.Helper()
	dir, addr := t.TempDir(), freeAddr(t)
	script := "set -eu\ntrap 'kill $(jobs -p)' EXIT\nexport CHECKOUTD_API=http://" + addr + "\n" +
		strings.NewReplacer(
			"make build", "cp "+binary(t)+" checkoutd",
			"serve &", "serve --addr "+addr+" 2>/dev/null &",
			"simulate wave", "simulate wave --webhook-url http://"+addr+"/webhooks/wave",
			"127.0.0.1:8080", addr,
			"sleep 1\n. ./wave.sh", "until grep -q curl wave.sh; do kill -0 $!; done\n. ./wave.sh",
			"sleep 1\ncurl http", "for try in {1..200}; do curl -s http://"+addr+"/checkout-sessions/$ID -H \"X-API-KEY: $KEY\" | grep -q completed && break; sleep 0.05; done\ncurl -sS http",
			"sleep 1", "until curl -s -o /dev/null http://"+addr+"/; do kill -0 $!; done",
			"curl ", "curl -sS --fail-with-body ",
		).Replace(blocks(t, mark))
	if mark != "quickstart" { // whose first command it is
		script = "cp " + binary(t) + " checkoutd\n" + script
	}
	run := exec.Command("bash", "-c", script)
	run.Dir = dir
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestReadmeNamesEverySetting holds the table of settings to the flags of serve,
// in both directions.
func TestReadmeNamesEverySetting(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Configuration\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var named []string
	for line := range strings.Lines(section) {
		if rest, ok := strings.CutPrefix(line, "| `--"); ok {
			flag, _, _ := strings.Cut(rest, "`")
			named = append(named, flag)
		}
	}
	root := &cli{}
	root.Serve.Providers, root.Doctor.Providers = newProviderFlags(), newProviderFlags()
	parser, err := kong.New(root, kong.Vars{"providers": providerNames(), "torture_secret": tortureSecret})
	if err != nil {
		t.Fatal(err)
	}
	var flags []string
	for _, command := range parser.Model.Children {
		for _, flag := range command.Flags {
			if command.Name == "serve" && flag.Name != "help" && !flag.Hidden {
				flags = append(flags, flag.Name)
			}
		}
	}
	slices.Sort(named)
	slices.Sort(flags)
	if !slices.Equal(named, flags) {
		t.Errorf("the README names\n%v\nthe flags are\n%v", named, flags)
	}
	for _, p := range providers {
		for _, s := range p.Settings {
			if !slices.Contains(named, p.flag(s.Name, true)) {
				t.Errorf("the README lacks --%s", p.flag(s.Name, true))
			}
		}
	}
}
