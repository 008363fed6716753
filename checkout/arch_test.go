package checkout

import (
	"go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/checkoutd/checkoutd/"

// TestDomainImportsNoIO keeps the network, the database and the environment out
// of the domain.
func TestDomainImportsNoIO(t *testing.T) {
	pkg, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range pkg.Imports {
		root, _, _ := strings.Cut(path, "/")
		banned := []string{"net", "os", "database", "syscall", "unsafe", "html", "plugin", "embed"}
		if path == "github.com/benbjohnson/clock" || path == "net/url" {
			continue
		}
		if strings.Contains(path, ".") || slices.Contains(banned, root) {
			t.Errorf("checkout imports %s", path)
		}
	}
}

// TestImportsPointAtTheDomain holds every package to the packages of this
// module, and to the outside ones of its own, that it may import.
func TestImportsPointAtTheDomain(t *testing.T) {
	allowed := map[string][]string{
		"checkout":                       {},
		"checkout/checkouttest":          {"checkout", "checkout/provider/sandbox"},
		"checkout/provider/sandbox":      {"checkout"},
		"checkout/provider/client":       {"checkout"},
		"checkout/provider/simulator":    {},
		"checkout/provider/providertest": {"checkout"},
		"checkout/provider/kit":          {"checkout", "checkout/provider/client", "checkout/provider/simulator"},
		"store":                          {"checkout", "store/internal/row", "store/internal/sqlitedb"},
		"store/internal/row":             {"checkout", "store/internal/sqlitedb"},
		"store/internal/sqlitedb":        {},
		"store/storetest":                {"checkout"},
		"webhook":                        {"checkout"},
		"webhook/torture":                {"checkout", "webhook"},
		"webhook/torture/goodshop":       {"webhook"},
		"webhook/torture/badshop":        {"webhook"},
		"httpapi":                        {"checkout", "webhook"},
	}
	confined := map[string]string{
		"modernc.org/sqlite":                  "store",
		"github.com/julienschmidt/httprouter": "httpapi",
		"code.dny.dev/ssrf":                   "webhook",
		"github.com/alecthomas/kong":          "cmd/checkoutd",
		"rsc.io/qr":                           "httpapi",

		"github.com/prometheus/client_golang/prometheus":            "cmd/checkoutd",
		"github.com/prometheus/client_golang/prometheus/collectors": "cmd/checkoutd",
		"github.com/prometheus/client_golang/prometheus/promhttp":   "cmd/checkoutd",
	}
	for dir, pkg := range packages(t) {
		if pkg.Doc == "" && !strings.Contains(dir, "sqlitedb") {
			t.Errorf("%s has no package comment", dir)
		}
		for _, path := range pkg.Imports {
			if owner := confined[path]; owner != "" && owner != dir && !strings.HasPrefix(dir, "cmd/bench") && dir != "cmd/receiver" {
				t.Errorf("%s imports %s, which is %s's alone", dir, path, owner)
			}
			ours, ok := strings.CutPrefix(path, module)
			if may, listed := allowed[dir]; ok && !strings.HasPrefix(dir, "cmd/") && !slices.Contains(may, ours) && (listed || !adapterMay(dir, ours)) {
				t.Errorf("%s imports %s", dir, ours)
			}
		}
	}
}

// adapterMay reports whether dir, the folder of an adapter or one below it, may
// import ours: no adapter knows another, and only its kit knows all of it.
func adapterMay(dir, ours string) bool {
	adapter, below, _ := strings.Cut(strings.TrimPrefix(dir, "checkout/provider/"), "/")
	adapter = "checkout/provider/" + adapter
	switch {
	case ours == "checkout":
		return true
	case below == "":
		return ours == "checkout/provider/client"
	case strings.HasSuffix(below, "kit"):
		return ours == "checkout/provider/kit" || ours == adapter || strings.HasPrefix(ours, adapter+"/")
	}
	return ours == "checkout/provider/simulator" || ours == adapter
}

// packages returns the packages of the module by their folders.
func packages(t *testing.T) map[string]*build.Package {
	t.Helper()
	found := map[string]*build.Package{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); name == "testdata" || len(name) > 2 && name[0] == '.' {
			return filepath.SkipDir
		}
		if pkg, err := build.ImportDir(path, 0); err == nil {
			dir, _ := filepath.Rel("..", path)
			found[filepath.ToSlash(dir)] = pkg
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
