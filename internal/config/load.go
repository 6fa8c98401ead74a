package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"

	"github.com/eyeshot-dev/eyeshot"
)

// EnvPrefix starts the name of every environment variable that sets a key:
// http.listen is EYESHOT_HTTP_LISTEN.
const EnvPrefix = "EYESHOT_"

// Load reads the configuration: defaults, then the YAML file at path (none
// where path is ""), then environ in the form of [os.Environ]. Unknown keys and
// values that are not allowed are errors that name the key.
func Load(path string, environ []string) (Config, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(Default(), "koanf"), nil); err != nil {
		return Config{}, fmt.Errorf("reading the defaults: %w", err)
	}
	if err := loadFile(k, path); err != nil {
		return Config{}, err
	}
	if err := loadEnv(k, environ); err != nil {
		return Config{}, err
	}
	config, err := unmarshal(k)
	if err != nil {
		return Config{}, err
	}
	return config, config.Validate()
}

func loadFile(k *koanf.Koanf, path string) error {
	if path == "" {
		return nil
	}
	err := k.Load(file.Provider(path), yaml.Parser())
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: the configuration file %s does not exist", eyeshot.ErrInvalid, path)
	}
	if err != nil {
		return fmt.Errorf("%w: the configuration file %s: %w", eyeshot.ErrInvalid, path, err)
	}
	return nil
}

// loadEnv takes variables whose name is a key's; others that start with the
// prefix are refused, so that a misspelt one is not passed over in silence.
func loadEnv(k *koanf.Koanf, environ []string) error {
	known := map[string]string{}
	for _, key := range Keys() {
		if key.Env != "" {
			known[key.Env] = key.Name
		}
	}
	var unknown []string
	provider := env.Provider(".", env.Opt{
		Prefix:      EnvPrefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			if strings.HasPrefix(name, EnvPrefix+"TEST_") {
				return "", nil
			}
			if known[name] == "" {
				unknown = append(unknown, name)
			}
			return known[name], value
		},
	})
	if err := k.Load(provider, nil); err != nil {
		return fmt.Errorf("reading the environment: %w", err)
	}
	if len(unknown) > 0 {
		return eyeshot.Invalid("environment variable", unknown[0], "is not a key of the configuration; see eyeshot config --keys")
	}
	return nil
}

func unmarshal(k *koanf.Koanf) (Config, error) {
	var config Config
	decoder := &mapstructure.DecoderConfig{
		ErrorUnused:      true,
		WeaklyTypedInput: true,
		DecodeHook:       mapstructure.StringToTimeDurationHookFunc(),
		Result:           &config,
	}
	if err := k.UnmarshalWithConf("", &config, koanf.UnmarshalConf{Tag: "koanf", DecoderConfig: decoder}); err != nil {
		return Config{}, fmt.Errorf("%w: configuration: %w", eyeshot.ErrInvalid, err)
	}
	return config, nil
}
