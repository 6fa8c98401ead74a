package eyeshot_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/eyeshot-dev/eyeshot/internal/config"
)

// composeFile is the part of the Compose specification that docker-compose.yml
// uses (github.com/compose-spec/compose-spec, spec.md); a key that is not here is
// an error.
type composeFile struct {
	Services map[string]composeService    `yaml:"services"`
	Configs  map[string]map[string]string `yaml:"configs"`
	Volumes  map[string]any               `yaml:"volumes"`
}

type composeService struct {
	Image       string            `yaml:"image"`
	Build       string            `yaml:"build"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Configs     []struct {
		Source string `yaml:"source"`
		Target string `yaml:"target"`
	} `yaml:"configs"`
	Ports     []string `yaml:"ports"`
	Volumes   []string `yaml:"volumes"`
	DependsOn map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck struct {
		Test     []string `yaml:"test"`
		Interval string   `yaml:"interval"`
		Timeout  string   `yaml:"timeout"`
		Retries  int      `yaml:"retries"`
	} `yaml:"healthcheck"`
	Restart string `yaml:"restart"`
}

func readCompose(t *testing.T) composeFile {
	t.Helper()
	file, err := os.Open("docker-compose.yml")
	require.NoError(t, err)
	defer file.Close()
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	var compose composeFile
	require.NoError(t, decoder.Decode(&compose))
	return compose
}

func TestTheComposeFileHoldsTogether(t *testing.T) {
	compose := readCompose(t)
	for _, name := range []string{"postgres", "qdrant", "openfga", "eyeshot"} {
		require.Contains(t, compose.Services, name)
	}
	for name, service := range compose.Services {
		for needed, how := range service.DependsOn {
			require.Contains(t, compose.Services, needed, name)
			require.Contains(t, []string{"service_started", "service_healthy", "service_completed_successfully"}, how.Condition, name)
			if how.Condition == "service_healthy" {
				require.NotEmpty(t, compose.Services[needed].Healthcheck.Test, "%s waits for %s to be healthy", name, needed)
			}
		}
		for _, volume := range service.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			require.Contains(t, compose.Volumes, source, name)
		}
		for _, config := range service.Configs {
			require.Contains(t, compose.Configs, config.Source, name)
		}
	}
}

func TestImagesArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z0-9/]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$`)
	for name, service := range readCompose(t).Services {
		if service.Build == "" {
			require.Regexp(t, pinned, service.Image, name)
		}
	}
	dockerfile, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	for _, line := range strings.Split(string(dockerfile), "\n") {
		if image, is := strings.CutPrefix(line, "FROM "); is {
			require.Regexp(t, pinned, strings.Fields(image)[0])
		}
	}
	require.Regexp(t, `:v1\.1[5-8]\.`, readCompose(t).Services["qdrant"].Image, "the versions that the store supports")
	module, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	for server, of := range map[string]string{"openfga": "github.com/openfga/openfga v"} {
		_, version, _ := strings.Cut(readCompose(t).Services[server].Image, ":v")
		require.Regexp(t, `(?m)\s`+regexp.QuoteMeta(of+version)+`\b(?:$|\s)`, string(module), "the version that Eyeshot is tested with")
	}
}

// TestNoServerIsReachedFromOutside: only Eyeshot has a port, and only on this
// machine; no secret has a default.
func TestNoServerIsReachedFromOutside(t *testing.T) {
	for name, service := range readCompose(t).Services {
		for _, port := range service.Ports {
			require.Equal(t, "eyeshot", name)
			require.True(t, strings.HasPrefix(port, "127.0.0.1:"), port)
		}
		for key, value := range service.Environment {
			if strings.Contains(key, "PASSWORD") || strings.HasSuffix(key, "_KEYS") || key == "OPENFGA_TOKEN" {
				require.Regexp(t, `^\$\{[A-Z_]+:\?`, value, "%s of %s", key, name)
			}
		}
	}
}

func TestEyeshotIsSetUpWithKeysThatItHas(t *testing.T) {
	known := map[string]bool{}
	for _, key := range config.Keys() {
		known[key.Env] = true
	}
	for key := range readCompose(t).Services["eyeshot"].Environment {
		if strings.HasPrefix(key, config.EnvPrefix) {
			require.True(t, known[key], "%s is no key of the configuration", key)
		}
	}
}
