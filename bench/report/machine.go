package report

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// Machine is what a figure depends on beside the program.
type Machine struct {
	OS        string `json:"os"`
	Arch      string `json:"arch"`
	Processor string `json:"processor"`
	Cores     int    `json:"cores"` // that Go uses
	MemoryMiB int    `json:"memory_mib"`
	// Load is the mean number of waiting processes of the last minute, when the
	// run began: anything above 0 was something else.
	Load string `json:"load"`
}

// Same says whether figures of the two may be compared.
func (m Machine) Same(other Machine) bool {
	m.Load, other.Load = "", ""
	return m == other
}

// String names the machine on one line.
func (m Machine) String() string {
	return fmt.Sprintf("%s/%s, %s, %d cores, %d MiB", m.OS, m.Arch, m.Processor, m.Cores, m.MemoryMiB)
}

// ThisMachine describes the machine, as far as /proc tells.
func ThisMachine() Machine {
	load, _, _ := strings.Cut(firstLine("/proc/loadavg"), " ")
	m := Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.GOMAXPROCS(0), Load: load}
	m.Processor = field("/proc/cpuinfo", "model name")
	var kib int
	if _, err := fmt.Sscan(field("/proc/meminfo", "MemTotal"), &kib); err == nil {
		m.MemoryMiB = kib >> 10
	}
	return m
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

func field(path, name string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ":")
		if strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Versions are those of what was measured.
type Versions struct {
	Eyeshot string            `json:"eyeshot"`
	Commit  string            `json:"commit,omitempty"` // with "+" where the tree had changes
	Go      string            `json:"go"`
	Modules map[string]string `json:"modules,omitempty"` // that the figures hang on
}

// ThisProgram reads the versions out of the running program.
func ThisProgram(version string) Versions {
	v := Versions{Eyeshot: version, Go: runtime.Version(), Modules: map[string]string{}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			v.Commit = setting.Value + v.Commit
		case setting.Key == "vcs.modified" && setting.Value == "true":
			v.Commit += "+"
		}
	}
	for _, module := range info.Deps {
		switch module.Path {
		case "github.com/openfga/openfga", "github.com/RoaringBitmap/roaring/v2", "modernc.org/sqlite":
			v.Modules[module.Path] = module.Version
		}
	}
	return v
}
