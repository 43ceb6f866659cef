// The second implementation: Go's golang.org/x/mod/sumdb/tlog and note read what Lockgate writes.
// JSON on standard input; prints a note that Go signed, as JSON, or ends with 1 at the first disagreement.
package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	Key     string
	Note    string
	Size    int64
	Root    []byte
	Records []struct {
		Index int64
		Leaf  []byte
		Path  [][]byte
	}
	Trees []struct {
		Size int64
		Root []byte
		Path [][]byte
	}
}

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func hash(data []byte) (h tlog.Hash) {
	copy(h[:], data)
	return h
}

func hashes(data [][]byte) (all []tlog.Hash) {
	for _, item := range data {
		all = append(all, hash(item))
	}
	return all
}

func main() {
	var in input
	must(json.NewDecoder(os.Stdin).Decode(&in), "input")

	verifier, err := note.NewVerifier(in.Key)
	must(err, "key")
	opened, err := note.Open([]byte(in.Note), note.VerifierList(verifier))
	must(err, "note")
	lines := strings.Split(opened.Text, "\n")
	if lines[1] != strconv.FormatInt(in.Size, 10) || lines[2] != hash(in.Root).String() {
		must(fmt.Errorf("%q", lines), "checkpoint")
	}
	for _, r := range in.Records {
		must(tlog.CheckRecord(hashes(r.Path), in.Size, hash(in.Root), r.Index, tlog.RecordHash(r.Leaf)), "record")
	}
	for _, t := range in.Trees {
		must(tlog.CheckTree(hashes(t.Path), in.Size, hash(in.Root), t.Size, hash(t.Root)), "tree")
	}

	private, public, err := note.GenerateKey(rand.Reader, "go.example")
	must(err, "new key")
	signer, err := note.NewSigner(private)
	must(err, "signer")
	signed, err := note.Sign(&note.Note{Text: strings.Replace(opened.Text, lines[0], "go.example", 1)}, signer)
	must(err, "sign")
	must(json.NewEncoder(os.Stdout).Encode(map[string]string{"key": public, "note": string(signed)}), "output")
}
