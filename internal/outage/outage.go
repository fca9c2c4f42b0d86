// Package outage rides out the absence of a PostgreSQL server.
//
// [Notice] has a connection see that its server is gone, [Is] tells such an error
// from others, and a [Patience] does again what failed by one.
package outage

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// Is reports whether an error is that a server cannot be used just now: it is out
// of reach or says nothing, is stopping or starting, full, or has no room or turn
// for one more. A deadline that has passed, the caller's own too, is such an error.
// Errors that no waiting cures, such as a wrong password, are none. The codes are
// those of appendix A of the manual of PostgreSQL.
func Is(err error) bool {
	var failure *pgconn.PgError
	var unreachable *pgconn.ConnectError
	var untrusted *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return false // by us, while it connected
	case errors.As(err, &failure):
		return strings.HasPrefix(failure.Code, "08") || slices.Contains([]string{
			"53100", // the disk is full
			"53200", // so is the memory
			"53300", // too many connections
			"55P03", // others have the lock
			"57P01", // an administrator stops it
			"57P02", // another process of it has crashed
			"57P03", // it starts, or stops
			"57P05", // the connection was idle for too long
			"25P03", // and so was a transaction
		}, failure.Code)
	case errors.As(err, &untrusted):
		return false
	case errors.As(err, &unreachable), errors.As(err, &network):
		return true
	}
	return slices.ContainsFunc([]error{
		driver.ErrBadConn, pgconn.ErrConnClosed, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE,
	}, func(target error) bool { return errors.Is(err, target) })
}
