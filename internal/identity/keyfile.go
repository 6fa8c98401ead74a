package identity

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"

	"github.com/eyeshot-dev/eyeshot"
)

const (
	keyFileName     = "issuer.jwk"
	maxKeyFileBytes = 64 << 10
)

// loadOrCreateKey gives the key in dir. Of several processes that create it at
// once one wins, and all return the winner's.
func loadOrCreateKey(dir string) (jose.JSONWebKey, error) {
	path := filepath.Join(dir, keyFileName)
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createKey(dir, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return jose.JSONWebKey{}, fmt.Errorf("create the issuer's key %s: %w", path, err)
	}
	return readKey(path)
}

// readKey reads a key file. Its errors never quote what is in it.
func readKey(path string) (jose.JSONWebKey, error) {
	file, err := os.Open(path)
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("open the issuer's key: %w", err)
	}
	defer file.Close()
	if err := checkPrivate(file); err != nil {
		return jose.JSONWebKey{}, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxKeyFileBytes))
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("read the issuer's key: %w", err)
	}
	key, err := parsePrivateKey(data)
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("%w: the issuer's key %s %w; move it away to have a new one made (all tokens of the old one end)",
			eyeshot.ErrConflict, path, err)
	}
	return key, nil
}

// checkPrivate looks at the file that is open, not at its name, which could
// have come to mean another one.
//
// SECURITY: who can read the key can be anybody in any tenant.
func checkPrivate(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("look at the issuer's key: %w", err)
	}
	mode := info.Mode()
	switch {
	case !mode.IsRegular():
		return fmt.Errorf("%w: the issuer's key %s is not a regular file", eyeshot.ErrConflict, file.Name())
	case runtime.GOOS != "windows" && mode.Perm()&0o077 != 0:
		return fmt.Errorf("%w: others than its owner can read or change the issuer's key (mode %04o); run: chmod 600 %s",
			eyeshot.ErrConflict, mode.Perm(), file.Name())
	}
	return nil
}

func parsePrivateKey(data []byte) (jose.JSONWebKey, error) {
	var key jose.JSONWebKey
	if err := json.Unmarshal(data, &key); err != nil {
		return jose.JSONWebKey{}, errors.New("is not a JWK")
	}
	private, ok := key.Key.(ed25519.PrivateKey)
	if !ok {
		return jose.JSONWebKey{}, errors.New("is not a private Ed25519 key")
	}
	named, err := privateJWK(private)
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	if key.KeyID != named.KeyID {
		return jose.JSONWebKey{}, errors.New("has a kid that is not its thumbprint")
	}
	return named, nil
}

// privateJWK names a key by its thumbprint (RFC 7638).
func privateJWK(private ed25519.PrivateKey) (jose.JSONWebKey, error) {
	key := jose.JSONWebKey{Key: private, Algorithm: string(jose.EdDSA), Use: "sig"}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return jose.JSONWebKey{}, errors.New("has no thumbprint")
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return key, nil
}

// createKey writes a new key under another name and links it to path, so that
// path is never half a key and never replaces one. It fails with
// [fs.ErrExist] where another process was first.
func createKey(dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	key, err := privateJWK(private)
	if err != nil {
		return err
	}
	data, err := json.Marshal(key)
	if err != nil {
		return err
	}
	// os.CreateTemp makes files of mode 0600.
	file, err := os.CreateTemp(dir, "."+keyFileName+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if err := writeAndClose(file, append(data, '\n')); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func writeAndClose(file *os.File, data []byte) error {
	_, err := file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// syncDir makes a new name in dir survive a loss of power.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
