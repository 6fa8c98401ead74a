package eyeshot_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/eyeshot-dev/eyeshot"

// layers holds the house in order: a package imports packages of lower layers,
// or of its own folder. The longest matching folder counts.
var layers = map[string]int{
	"":                     0, // the vocabulary
	"internal/config":      1,
	"internal/identity":    1,
	"internal/embed":       1,
	"internal/sqlitedb":    1,
	"internal/aptlock":     1,
	"internal/authz":       1,
	"internal/store":       2,
	"internal/state":       2,
	"filters":              3,
	"authzsync":            3,
	"connectors":           4,
	"retriever":            4,
	"indexer":              5,
	"internal/tenants":     5,
	"internal/obs":         6,
	"internal/sources":     6,
	"internal/demo/corpus": 5,
	"internal/httpapi":     7,
	"internal/app":         8,
	"internal/demo":        9,
	"bench":                9,
	"cmd":                  10,
}

// owners names the one production package that may import a third-party SDK.
// Its sub-packages count as the package.
var owners = map[string]string{
	"github.com/openfga/go-sdk":           "internal/authz",
	"github.com/openfga/openfga":          "internal/authz/fgaserver",
	"github.com/openfga/language":         "internal/authz/model",
	"github.com/gin-gonic/gin":            "internal/httpapi",
	"github.com/jackc/pgx":                "internal/store/pgvector",
	"github.com/pgvector/pgvector-go":     "internal/store/pgvector",
	"github.com/qdrant/go-client":         "internal/store/qdrant",
	"github.com/go-jose/go-jose":          "internal/identity",
	"github.com/coreos/go-oidc":           "internal/identity",
	"github.com/knadh/koanf":              "internal/config",
	"github.com/prometheus/client_golang": "internal/obs",
	"github.com/yuin/goldmark":            "indexer/split",
	"github.com/spf13/cobra":              "cmd/eyeshot",
	"github.com/ledongthuc/pdf":           "connectors/files",
	"github.com/fsnotify/fsnotify":        "connectors/files",
	"gonum.org/v1/plot":                   "bench/report",
	"github.com/google/pprof":             "bench/load",
	"gonum.org/v1/gonum":                  "bench/measure",
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Doc        string
	GoFiles    []string
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range productionPackages(t) {
		from := folder(p.ImportPath)
		for _, imported := range p.Imports {
			if !strings.HasPrefix(imported, module) {
				continue
			}
			to := folder(imported)
			if sameHouse(from, to) {
				continue
			}
			require.Greater(t, layer(t, from), layer(t, to), "%q must not import %q: data flows one way (docs/architecture.md)", from, to)
		}
	}
}

func TestEachSDKIsImportedByOneProductionPackage(t *testing.T) {
	for _, p := range productionPackages(t) {
		for _, imported := range p.Imports {
			for sdk, owner := range owners {
				if !within(imported, sdk) {
					continue
				}
				require.True(t, within(folder(p.ImportPath), owner), "%s imports %s, which belongs to %s alone", p.ImportPath, imported, owner)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range productionPackages(t) {
		if len(p.GoFiles) > 0 {
			require.NotEmpty(t, p.Doc, "%s has no package comment", p.ImportPath)
		}
	}
}

func productionPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Doc,GoFiles", "./...").Output()
	require.NoError(t, err)
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			require.NotEmpty(t, packages)
			return packages
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
}

func folder(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, module), "/") }

func within(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

// sameHouse says whether two folders belong to the same named layer.
func sameHouse(a, b string) bool { return house(a) == house(b) }

func house(path string) string {
	for candidate := path; candidate != ""; {
		if _, known := layers[candidate]; known {
			return candidate
		}
		cut := strings.LastIndex(candidate, "/")
		if cut < 0 {
			break
		}
		candidate = candidate[:cut]
	}
	return ""
}

func layer(t *testing.T, path string) int {
	t.Helper()
	name := house(path)
	require.True(t, name != "" || path == "", "%s is in no layer: name it in imports_test.go", path)
	return layers[name]
}
