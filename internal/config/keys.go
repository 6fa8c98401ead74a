package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Key describes one key of the configuration.
type Key struct {
	Name    string // "http.listen"; "tokens.issuers[].url" inside a list
	Env     string // "EYESHOT_HTTP_LISTEN"; "" where only the file can set it
	Default string
	Doc     string
}

// Keys lists all keys in the order of the structure. Lists and maps, and what is
// in them, can be set in the file only.
func Keys() []Key {
	return walk("", reflect.TypeFor[Config](), reflect.ValueOf(Default()), true)
}

func walk(prefix string, typ reflect.Type, value reflect.Value, inEnv bool) []Key {
	var keys []Key
	for i := range typ.NumField() {
		field := typ.Field(i)
		name := prefix + field.Tag.Get("koanf")
		keys = append(keys, fieldKeys(name, field, value.Field(i), inEnv)...)
	}
	return keys
}

func fieldKeys(name string, field reflect.StructField, value reflect.Value, inEnv bool) []Key {
	key := Key{Name: name, Doc: field.Tag.Get("doc"), Default: defaultText(value)}
	if inEnv && field.Type.Kind() != reflect.Slice && field.Type.Kind() != reflect.Map {
		key.Env = EnvPrefix + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
	}
	switch field.Type.Kind() {
	case reflect.Struct:
		return walk(name+".", field.Type, value, inEnv)
	case reflect.Slice:
		return nested(key, name+"[].", field.Type.Elem())
	case reflect.Map:
		return nested(key, name+".<type>.", field.Type.Elem())
	}
	return []Key{key}
}

// nested describes a list or map of structures, which only the file can set.
func nested(key Key, prefix string, elem reflect.Type) []Key {
	if elem.Kind() != reflect.Struct {
		return []Key{key}
	}
	return append([]Key{key}, walk(prefix, elem, reflect.Zero(elem), false)...)
}

func defaultText(value reflect.Value) string {
	switch value.Kind() {
	case reflect.Slice, reflect.Map:
		return ""
	}
	return fmt.Sprint(value.Interface())
}

// Value is a key with the value that is in force.
type Value struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Values lists the values of a configuration, in the order of [Keys]. Lists and
// maps are printed as Go prints them.
func Values(c Config) []Value { return values("", reflect.ValueOf(c)) }

func values(prefix string, value reflect.Value) []Value {
	var out []Value
	for i := range value.NumField() {
		name := prefix + value.Type().Field(i).Tag.Get("koanf")
		if value.Field(i).Kind() == reflect.Struct {
			out = append(out, values(name+".", value.Field(i))...)
			continue
		}
		out = append(out, Value{Name: name, Value: fmt.Sprintf("%+v", value.Field(i).Interface())})
	}
	return out
}
