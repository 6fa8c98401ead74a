package identity_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot/internal/identity"
)

// provider is oidc-provider, a real OpenID provider, on this machine.
type provider struct {
	Issuer string `json:"issuer"`
	Secret string `json:"secret"` // of all its clients

	commands  io.Writer
	answers   *bufio.Scanner
	transport *http.Transport
}

// startProvider skips the test where node and npm are absent or what they need
// cannot be had.
func startProvider(t *testing.T) *provider {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the OpenID provider of the npm registry is left out")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("the OpenID provider needs node, which is not installed")
	}
	recent, err := exec.CommandContext(t.Context(), node, "-p", "parseInt(process.versions.node) >= 20").Output()
	require.NoError(t, err)
	if strings.TrimSpace(string(recent)) != "true" {
		t.Skip("the OpenID provider needs node 20 or newer")
	}
	server := exec.CommandContext(t.Context(), node, filepath.Join(installProvider(t), "server.mjs"))
	stdin, err := server.StdinPipe()
	require.NoError(t, err)
	stdout, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	p := &provider{commands: stdin, answers: bufio.NewScanner(stdout), transport: &http.Transport{}}
	t.Cleanup(func() {
		p.transport.CloseIdleConnections()
		_ = stdin.Close()
		_ = server.Wait()
	})
	p.read(t)
	return p
}

// installProvider returns where the provider of this lock file is installed.
func installProvider(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("the OpenID provider needs npm, which is not installed")
	}
	hash := sha256.New()
	for _, name := range []string{"package-lock.json", "server.mjs"} {
		data, err := os.ReadFile(filepath.Join("testdata", "oidcprovider", name))
		require.NoError(t, err)
		hash.Write(data)
	}
	target, err := filepath.Abs(filepath.Join("..", "..", ".cache", "oidcprovider-"+hex.EncodeToString(hash.Sum(nil)[:6])))
	require.NoError(t, err)
	output, err := exec.CommandContext(t.Context(), "sh", filepath.Join("testdata", "oidcprovider", "setup.sh"), target).CombinedOutput()
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("npm cannot install the OpenID provider: %v\n%s", err, output)
	}
	require.NoError(t, err, "%s", output)
	return target
}

// read takes the line that the provider prints when its keys are in place, and
// passes over the library's own notices.
func (p *provider) read(t *testing.T) {
	t.Helper()
	for p.answers.Scan() {
		if strings.HasPrefix(p.answers.Text(), "{") {
			require.NoError(t, json.Unmarshal(p.answers.Bytes(), p))
			return
		}
	}
	require.FailNow(t, "the provider ended before it was ready", "%v", p.answers.Err())
}

// Rotate makes the provider forget its keys, and its users, for new ones.
func (p *provider) Rotate(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(p.commands, "rotate\n")
	require.NoError(t, err)
	p.read(t)
}

// Trust discovers the provider's keys as it would any issuer's.
func (p *provider) Trust(t *testing.T, audience string, mapping identity.Mapping) identity.Trust {
	t.Helper()
	keys, err := identity.NewRemoteKeys(identity.RemoteConfig{Issuer: p.Issuer, Transport: p.transport, MinInterval: 1})
	require.NoError(t, err)
	return identity.Trust{Issuer: p.Issuer, Audiences: []string{audience}, Keys: keys, Mapping: mapping}
}

// tokens is what the token endpoint answers.
type tokens struct {
	Access string `json:"access_token"`
	ID     string `json:"id_token"`
}

// ClientCredentials gets a client's own token (RFC 6749 section 4.4).
func (p *provider) ClientCredentials(t *testing.T, client, resource string) tokens {
	t.Helper()
	return p.token(t, client, url.Values{"grant_type": {"client_credentials"}, "resource": {resource}, "scope": {"search"}})
}

// LogIn takes a user through login and consent (OpenID Connect Core 1.0
// section 3.1) with PKCE, as a browser would.
func (p *provider) LogIn(t *testing.T, client, user, resource string) tokens {
	t.Helper()
	const redirect, verifier = "https://portal.example/callback", "a-verifier-of-forty-three-characters-or-more"
	challenge := sha256.Sum256([]byte(verifier))
	browser := p.browser(t, redirect)
	response, err := browser.Get(p.Issuer + "/auth?" + url.Values{
		"client_id": {client}, "redirect_uri": {redirect}, "response_type": {"code"},
		"scope": {"openid email search"}, "resource": {resource},
		"code_challenge": {b64(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode())
	require.NoError(t, err)
	for _, form := range []url.Values{
		{"prompt": {"login"}, "login": {user}, "password": {"any"}},
		{"prompt": {"consent"}},
	} {
		_ = response.Body.Close()
		require.Equal(t, http.StatusOK, response.StatusCode)
		response, err = browser.PostForm(response.Request.URL.String(), form)
		require.NoError(t, err)
	}
	_ = response.Body.Close()
	back, err := response.Location()
	require.NoError(t, err)
	return p.token(t, client, url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")},
		"redirect_uri": {redirect}, "code_verifier": {verifier}, "resource": {resource},
	})
}

// browser keeps cookies and stops where the user would be sent back.
func (p *provider) browser(t *testing.T, redirect string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{
		Transport: p.transport,
		Jar:       jar,
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(r.URL.String(), redirect) {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
}

func (p *provider) token(t *testing.T, client string, form url.Values) (answer tokens) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer+"/token", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.SetBasicAuth(client, p.Secret)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := p.transport.RoundTrip(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s", body)
	require.NoError(t, json.Unmarshal(body, &answer))
	return answer
}
