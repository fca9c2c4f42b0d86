package oscal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"concord/corpus/internal/foreign"

	"go.yaml.in/yaml/v3"
)

// maxDepth bounds how deep groups, parameters in parameters, and parts and
// markup in XML may be nested. It is far beyond any document and well within
// the stack.
const maxDepth = 100

var (
	errProfile   = errors.New("this is an OSCAL profile, which only points at controls: resolve it first, with the catalog that it imports")
	errNoCatalog = errors.New(`not an OSCAL catalog: the document has no top-level "catalog"`)
)

func errDepth(what string) error {
	return fmt.Errorf("%s are nested more than %d deep", what, maxDepth)
}

// read reads a catalog in whatever format it is.
func (c *catalog) read(r io.Reader) error {
	c.describe(metadata{}) // until the document says more
	in := bufio.NewReader(r)
	switch format(in) {
	case '{':
		return c.readJSON(in)
	case '<':
		return c.readXML(in)
	}
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return c.readYAML(data)
}

// format returns the first byte that is not white space, which tells the
// formats apart: '{' for JSON, '<' for XML. It drops a byte order mark.
func format(in *bufio.Reader) byte {
	if mark, _ := in.Peek(3); string(mark) == "\ufeff" {
		in.Discard(3)
	}
	head, _ := in.Peek(1024) // an error shows again when the rest is read
	if head = bytes.TrimSpace(head); len(head) > 0 {
		return head[0]
	}
	return 0
}

// tree is a catalog as YAML gives it.
type tree struct {
	Metadata   metadata
	Params     []param
	Groups     []node
	Controls   []node
	BackMatter backMatter `yaml:"back-matter"`
}

func (c *catalog) readYAML(data []byte) error {
	var doc struct {
		Catalog *tree
		Profile *struct{}
	}
	if err := decodeYAML(data, &doc); err != nil {
		return err
	}
	if doc.Catalog == nil {
		if doc.Profile != nil {
			return errProfile
		}
		return errNoCatalog
	}
	t := doc.Catalog
	c.describe(t.Metadata)
	c.params.add(t.Params)
	c.cite(t.BackMatter)
	if err := c.groups(t.Groups, nowhere, 0); err != nil {
		return err
	}
	return c.controls(t.Controls, nowhere)
}

// decodeYAML decodes a document into v. Text that YAML takes for a single value
// or a list is no error: it has no fields.
func decodeYAML(data []byte, v any) error {
	err := yaml.Unmarshal(data, v)
	if _, ok := errors.AsType[*yaml.TypeError](err); ok && yaml.Unmarshal(data, &map[string]yaml.Node{}) != nil {
		return nil
	}
	return err
}

func (c *catalog) groups(nodes []node, above, depth int) error {
	if depth > maxDepth {
		return errDepth("groups")
	}
	for i := range nodes {
		g := &nodes[i]
		at := c.open(above)
		c.fill(at, g)
		if err := c.groups(g.Groups, at, depth+1); err != nil {
			return err
		}
		if err := c.controls(g.Controls, at); err != nil {
			return err
		}
	}
	return nil
}

// decodeProfile reads a profile in whatever format it is.
func decodeProfile(data []byte) (*profile, error) {
	var doc struct {
		Profile *profile
		Catalog *struct{}
	}
	data = foreign.TrimBOM(data)
	var err error
	switch format(bufio.NewReader(bytes.NewReader(data))) {
	case '{':
		err = foreign.JSON(data, &doc)
	case '<':
		return decodeProfileXML(data)
	default:
		err = decodeYAML(data, &doc)
	}
	switch {
	case err != nil:
		return nil, err
	case doc.Profile != nil:
		return doc.Profile, nil
	case doc.Catalog != nil:
		return nil, errCatalog
	}
	return nil, errNoProfile
}

var (
	errCatalog   = errors.New("this is an OSCAL catalog, not a profile: read it as it is")
	errNoProfile = errors.New(`not an OSCAL profile: the document has no top-level "profile"`)
)
