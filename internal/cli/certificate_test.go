//go:build !js

package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gatehouse/internal/config"
)

// writeCertificate puts a certificate with the serial number and its key into the files.
func writeCertificate(t *testing.T, files config.TLS, serial int64, at time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{
		files.Cert: {Type: "CERTIFICATE", Bytes: cert},
		files.Key:  {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(path, at, at)
	}
}

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	files := config.TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	var log bytes.Buffer
	c := &certificate{files: files, log: slog.New(slog.NewTextHandler(&log, nil))}
	serial := func() int64 {
		t.Helper()
		c.looked = time.Time{} // as if the last look were long ago
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}

	if _, err := c.get(nil); err == nil {
		t.Error("a certificate that is not there is served")
	}
	began := time.Now().Add(-time.Hour)
	writeCertificate(t, files, 1, began)
	if got := serial(); got != 1 {
		t.Errorf("serial = %d, want 1", got)
	}
	writeCertificate(t, files, 2, began.Add(time.Minute))
	if got := serial(); got != 2 {
		t.Errorf("serial after the renewal = %d, want 2", got)
	}
	os.WriteFile(files.Cert, []byte("half a cert"), 0o600)
	if got := serial(); got != 2 || !bytes.Contains(log.Bytes(), []byte("the old one stays")) {
		t.Errorf("serial while the files are broken = %d, want 2; log: %s", got, &log)
	}
	writeCertificate(t, files, 3, began.Add(2*time.Minute))
	if got := serial(); got != 3 {
		t.Errorf("serial after they were mended = %d, want 3", got)
	}
}
