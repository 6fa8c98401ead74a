package corpus

import (
	"fmt"
	"io/fs"

	"github.com/eyeshot-dev/eyeshot"
)

// tenantFile is tenant.yaml: who and what there is.
type tenantFile struct {
	Company string `json:"company"`
	About   string `json:"about"`
	Sources struct {
		Tickets   string `json:"tickets"`   // source of tickets, projects and levels
		Documents string `json:"documents"` // source of documents and folders
	} `json:"sources"`
	Users           []accountLine `json:"users"`
	Agents          []accountLine `json:"agents"`
	ServiceAccounts []accountLine `json:"service_accounts"`
}

type accountLine struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Job  string `json:"job"`
}

// loadTenant reads the folder of one tenant.
func loadTenant(files fs.FS, name string) (Tenant, error) {
	tenant := Tenant{Name: name, names: map[eyeshot.Object]string{}}
	dir, err := fs.Sub(files, name)
	if err != nil {
		return tenant, err
	}
	var about tenantFile
	if err := readYAML(dir, "tenant.yaml", &about); err != nil {
		return tenant, err
	}
	tenant.Company, tenant.About = about.Company, about.About
	if err := tenant.addAccounts(about); err != nil {
		return tenant, fmt.Errorf("tenant.yaml: %w", err)
	}
	if err := tenant.addDocuments(dir, about); err != nil {
		return tenant, err
	}
	return tenant, tenant.addAccess(dir, about)
}

func (t *Tenant) addAccounts(about tenantFile) (err error) {
	if t.Users, err = t.accounts(eyeshot.TypeUser, about.Users); err != nil {
		return err
	}
	if t.Agents, err = t.accounts("agent", about.Agents); err != nil {
		return err
	}
	t.ServiceAccounts, err = t.accounts(eyeshot.TypeServiceAccount, about.ServiceAccounts)
	return err
}

func (t *Tenant) accounts(typ string, lines []accountLine) ([]Account, error) {
	var out []Account
	for _, line := range lines {
		object, err := eyeshot.NewGlobalObject(typ, line.ID)
		if err != nil {
			return nil, err
		}
		if line.Name == "" || line.Job == "" {
			return nil, eyeshot.Invalid(typ, line.ID, "must have a name and a job")
		}
		t.names[object] = line.Name
		out = append(out, Account{ID: line.ID, Object: object, Name: line.Name, Job: line.Job})
	}
	return out, nil
}

func (t *Tenant) addDocuments(dir fs.FS, about tenantFile) error {
	tickets, err := readTickets(dir, "tickets.jsonl", about.Sources.Tickets)
	if err != nil {
		return err
	}
	documents, err := readMarkdown(dir, "documents", about.Sources.Documents)
	if err != nil {
		return err
	}
	t.Documents = append(tickets, documents...)
	for _, document := range t.Documents {
		t.names[document.Object] = document.Title
	}
	return nil
}

func (t *Tenant) addAccess(dir fs.FS, about tenantFile) error {
	var access accessFile
	if err := readYAML(dir, "access.yaml", &access); err != nil {
		return err
	}
	b := &accessBuilder{tickets: about.Sources.Tickets, documents: about.Sources.Documents, names: t.names}
	t.Relationships = b.relationships(t.Name, access)
	t.Delegations = b.delegations(access.Delegations)
	if b.err != nil {
		return fmt.Errorf("access.yaml: %w", b.err)
	}
	return nil
}
