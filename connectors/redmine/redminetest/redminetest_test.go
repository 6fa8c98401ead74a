package redminetest_test

import (
	"net/http"
	"testing"

	"github.com/eyeshot-dev/eyeshot/connectors/redmine/redminetest"
	"go.uber.org/goleak"
)

func TestARedmineOfTheTestsOwnAnswersItsAPIAndScripts(t *testing.T) {
	redmine := redminetest.Start(t)
	var created struct {
		Project struct {
			ID int `json:"id"`
		} `json:"project"`
	}
	redmine.Call(t, http.MethodPost, "/projects.json", map[string]any{"project": map[string]any{"name": "Payments", "identifier": "pay"}}, &created)
	var name string
	redmine.Script(t, &name, `Project.find_by(identifier: 'pay').name`)
	if name != "Payments" || created.Project.ID == 0 {
		t.Errorf("the project that the API made is %q with id %d to a script", name, created.Project.ID)
	}
	if status, err := redmine.Do(http.MethodGet, "/projects.json", "nobody", nil, nil); status != http.StatusPreconditionFailed {
		t.Errorf("acting as a user that is not there gave %d, %v", status, err)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
