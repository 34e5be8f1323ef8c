// SPDX-License-Identifier: Apache-2.0
// verify ROOT.pem CHAIN.pem server|client NAME: accepts a chain as Go's own TLS would, and ends with 1 if it does not.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func main() {
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	root, err := os.ReadFile(os.Args[1])
	if err != nil || !roots.AppendCertsFromPEM(root) {
		fail("no root in", os.Args[1])
	}
	rest, err := os.ReadFile(os.Args[2])
	if err != nil {
		fail(err)
	}
	var leaf *x509.Certificate
	for {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			fail(err)
		}
		if leaf == nil {
			leaf = one
		} else {
			between.AddCert(one)
		}
	}
	if leaf == nil {
		fail("no certificate in", os.Args[2])
	}
	purpose := x509.ExtKeyUsageServerAuth
	if os.Args[3] == "client" {
		purpose = x509.ExtKeyUsageClientAuth
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, DNSName: os.Args[4], KeyUsages: []x509.ExtKeyUsage{purpose}})
	if err != nil {
		fail(err)
	}
}

func fail(why ...any) {
	fmt.Fprintln(os.Stderr, why...)
	os.Exit(1)
}
