// Go's checksum database code verifies checkpoint, tiles and proofs of a registry: note signatures, records and trees.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var base = os.Getenv("REGISTRY_URL")

func get(path string) []byte {
	answer, err := http.Get(base + path)
	must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(err)
	if answer.StatusCode != http.StatusOK {
		log.Fatalf("%s: %s", path, answer.Status)
	}
	return body
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func hash(words string) tlog.Hash {
	hash, err := tlog.ParseHash(words)
	must(err)
	return hash
}

// checkpoint opens a signed note and reads the tree it names.
func checkpoint(signed string, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		log.Fatalf("the origin %q is not the key's name %q", lines[0], verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

// tiles reads the tiles of the C2SP layout in the terms of the checksum database.
type tiles struct{}

func (tiles) Height() int                     { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := fmt.Sprintf("%03d", tile.N%1000)
		for n := tile.N / 1000; n > 0; n /= 1000 {
			path = fmt.Sprintf("x%03d/%s", n%1000, path)
		}
		if tile.W < 256 {
			path += fmt.Sprintf(".p/%d", tile.W)
		}
		found = append(found, get(fmt.Sprintf("/log/tile/%d/%s", tile.L, path)))
	}
	return found, nil
}

func envelope(position int64) []byte {
	var page struct {
		Items []struct {
			Position int64
			Envelope []byte
		}
	}
	must(json.Unmarshal(get(fmt.Sprintf("/v1/log/entries?from=%d&to=%d", position, position+1)), &page))
	for _, item := range page.Items {
		if item.Position == position {
			return item.Envelope
		}
	}
	log.Fatalf("there is no entry %d", position)
	return nil
}

func hashes(words []string) []tlog.Hash {
	var parsed []tlog.Hash
	for _, word := range words {
		parsed = append(parsed, hash(word))
	}
	return parsed
}

func main() {
	verifier, err := note.NewVerifier(os.Getenv("VERIFIER_KEY"))
	must(err)
	newest := checkpoint(string(get("/log/checkpoint")), verifier)
	reader := tlog.TileHashReader(newest, tiles{})

	for _, position := range []int64{0, 1, 255, 256, 511, 512, newest.N - 1} {
		entry := envelope(position)
		var proof struct {
			LeafHash   string   `json:"leaf_hash"`
			AuditPath  []string `json:"audit_path"`
			Checkpoint string
		}
		must(json.Unmarshal(get(fmt.Sprintf("/v1/log/proofs/inclusion?position=%d&size=%d", position, newest.N)), &proof))
		if checkpoint(proof.Checkpoint, verifier) != newest {
			log.Fatal("the proof comes with another checkpoint")
		}
		leaf := tlog.RecordHash(entry)
		if leaf.String() != proof.LeafHash {
			log.Fatalf("leaf %d has another hash", position)
		}
		path := hashes(proof.AuditPath)
		must(tlog.CheckRecord(path, newest.N, newest.Hash, position, leaf))
		if tlog.CheckRecord(path, newest.N, newest.Hash, position, tlog.RecordHash(append(entry, ' '))) == nil {
			log.Fatal("another entry was believed")
		}
		own, err := tlog.ProveRecord(newest.N, position, reader)
		must(err)
		if fmt.Sprint(own) != fmt.Sprint(tlog.RecordProof(path)) {
			log.Fatalf("the tiles prove leaf %d in another way", position)
		}
	}

	for _, first := range []int64{1, 2, 255, 256, 257, 700} {
		var proof struct {
			Consistency []string
		}
		must(json.Unmarshal(get(fmt.Sprintf("/v1/log/proofs/consistency?from=%d&to=%d", first, newest.N)), &proof))
		older, err := tlog.TreeHash(first, reader)
		must(err)
		must(tlog.CheckTree(hashes(proof.Consistency), newest.N, newest.Hash, first, older))
	}

	signed := get("/log/checkpoint")
	forged := bytes.Replace(signed, []byte("\n"+strconv.FormatInt(newest.N, 10)+"\n"), []byte("\n1\n"), 1)
	if _, err := note.Open(forged, note.VerifierList(verifier)); err == nil {
		log.Fatal("a forged checkpoint was believed")
	}
	fmt.Printf("%d leaves: checkpoint, tiles and proofs are good\n", newest.N)
}
