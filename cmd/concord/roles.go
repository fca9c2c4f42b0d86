package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/crosswalk/role"
)

// maxRoles bounds a file of roles, in bytes.
const maxRoles = 1 << 20

func newRoles() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "roles",
		Short: "List the readers that a matrix can be written for, or print their file to edit",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	list := &cobra.Command{
		Use: "list", Short: "List the roles: name, columns, title", Args: cobra.NoArgs, RunE: runRolesList,
		Long: `List the roles: name, columns, title.

With --roles it reads a file of your own, and says what is wrong with it.`,
		Example: "  concord roles list --roles ours.yaml",
	}
	list.Flags().String("roles", "", "file of roles (default the built-in ones)")
	show := &cobra.Command{
		Use: "show", Short: "Print the file of the built-in roles, to start from", Args: cobra.NoArgs,
		Example: "  concord roles show > ours.yaml\n  concord export --role soc --roles ours.yaml --out soc.html",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(role.Builtin())
			return err
		},
	}
	cmd.AddCommand(list, show)
	return cmd
}

func runRolesList(cmd *cobra.Command, _ []string) error {
	roles, err := rolesOf(cmd)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ROLE\tCOLUMNS\tTITLE")
	for _, r := range roles {
		var columns []string
		for _, c := range r.Columns {
			columns = append(columns, c.Framework)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", oneLine(r.Name), oneLine(strings.Join(columns, ", ")), oneLine(r.Title))
	}
	return table.Flush()
}

// rolesOf reads the file that --roles names, or the built-in roles.
func rolesOf(cmd *cobra.Command) ([]role.Role, error) {
	path, _ := cmd.Flags().GetString("roles")
	if path == "" {
		return role.Read(role.Builtin())
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
	case info.IsDir():
		err = errors.New("this is a folder: name a file")
	case info.Size() > maxRoles:
		err = fmt.Errorf("the file has %d KB, and roles have %d at most", info.Size()>>10, maxRoles>>10)
	}
	if err != nil {
		return nil, usage(fmt.Errorf("read roles: %s: %w", path, err))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usage(err)
	}
	roles, err := role.Read(data)
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", path, err))
	}
	return roles, nil
}
