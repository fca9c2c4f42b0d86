package gate

import (
	"encoding/xml"
	"io"
)

// The elements of a JUnit report, as Jenkins, GitLab and GitHub's actions read
// it. Nobody owns the format; the names are those of the schema of the Jenkins
// xUnit plugin (junit-10.xsd), which has no count of skipped tests at the top.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"` // of no interest, and would differ
		Failure *junitFailure `xml:"failure"`
		Skipped *junitSkipped `xml:"skipped"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// junit writes a test suite for each label set and a test case for each check.
func (r Report) junit(w io.Writer) error {
	all := junitSuites{Name: "concord eval gate", Tests: len(r.Checks), Failures: r.Failed}
	for _, g := range r.groups() {
		name := disarmed(g.name)
		suite := junitSuite{Name: name, Tests: len(g.checks)}
		_, suite.Failures, suite.Skipped = tally(g.checks)
		for _, c := range g.checks {
			reason := disarmed(c.Reason)
			tested := junitCase{Class: name, Name: disarmed(c.Title()), Time: "0"}
			switch c.Outcome {
			case Pass:
			case Fail:
				tested.Failure = &junitFailure{Message: reason, Type: disarmed(string(c.Rule)), Text: name + ": " + tested.Name + ": " + reason}
			default:
				tested.Skipped = &junitSkipped{Message: reason}
			}
			suite.Cases = append(suite.Cases, tested)
		}
		all.Suites = append(all.Suites, suite)
	}
	// The encoder replaces what XML 1.0 cannot hold.
	body, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(body)+"\n")
	return err
}
