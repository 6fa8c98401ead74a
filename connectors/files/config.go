package files

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/connectors"
)

// Config is what a [Connector] reads. Root, Tenant and Source are required.
type Config struct {
	Root    string        // folder that the tree is in; it holds a .eyeshot.yaml
	Tenant  string        // whose admins reach what is in the tree
	Source  string        // name of the source
	URL     string        // what links to files begin with; "" for no links
	MaxFile int64         // bytes of a file; default 16 MiB
	PDFTime time.Duration // for the text of one PDF; default 30 s
}

// Connector reads a tree. It implements [connectors.Connector],
// [connectors.Prober] and [connectors.Watcher].
type Connector struct {
	config Config
	pdfs   pdfs

	mu       sync.Mutex
	manifest manifest         // of the last reading that came to its end
	givenUp  map[string]stamp // PDFs that took too long, as they looked
}

// New makes a connector; it opens nothing yet.
func New(config Config) (*Connector, error) {
	if config.Root == "" {
		return nil, eyeshot.Invalid("root", "", "must be the path of a folder")
	}
	if config.Tenant == "" || config.Source == "" {
		return nil, eyeshot.Invalid("source", config.Source, "must have a name and a tenant")
	}
	if config.MaxFile <= 0 {
		config.MaxFile = 16 << 20
	}
	if config.PDFTime <= 0 {
		config.PDFTime = 30 * time.Second
	}
	if u, err := url.Parse(config.URL); config.URL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return nil, eyeshot.Invalid("url", config.URL, "must be an absolute http or https address")
	}
	return &Connector{config: config, pdfs: newPDFs(), givenUp: map[string]stamp{}}, nil
}

// settings identifies what decides how a tree is told.
func (c *Connector) settings() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %d", c.config.Root, c.config.Tenant, c.config.Source, c.config.URL, c.config.MaxFile))
	return hex.EncodeToString(sum[:8])
}

// object names a file.
func (c *Connector) object(path string) (eyeshot.Object, error) {
	return eyeshot.NewObject("document", c.config.Source, path)
}

// folder names a folder; the root is ".".
func (c *Connector) folder(path string) (eyeshot.Object, error) {
	return eyeshot.NewObject("folder", c.config.Source, path)
}

// link is the address of a file, or "".
func (c *Connector) link(path string) string {
	if c.config.URL == "" {
		return ""
	}
	return strings.TrimSuffix(c.config.URL, "/") + "/" + (&url.URL{Path: path}).EscapedPath()
}

const checkpointVersion = "files-1"

// position is the checkpoint of a snapshot behind a file.
func (c *Connector) position(path string) string {
	return fmt.Sprintf("%s %s at %q", checkpointVersion, c.settings(), path)
}

func (c *Connector) parsePosition(text string) (path string, err error) {
	var version, settings string
	if n, err := fmt.Sscanf(text, "%s %s at %q", &version, &settings, &path); n != 3 || err != nil || version != checkpointVersion || settings != c.settings() {
		return "", fmt.Errorf("%w: not of this tree", connectors.ErrCheckpoint)
	}
	return path, nil
}

// since is the checkpoint of a whole reading.
func (c *Connector) since(digest string) string {
	return fmt.Sprintf("%s %s tree %s", checkpointVersion, c.settings(), digest)
}

func (c *Connector) parseSince(text string) (digest string, err error) {
	var version, settings string
	if n, err := fmt.Sscanf(text, "%s %s tree %s", &version, &settings, &digest); n != 3 || err != nil || version != checkpointVersion || settings != c.settings() {
		return "", fmt.Errorf("%w: not of this tree", connectors.ErrCheckpoint)
	}
	return digest, nil
}
