// Check answers, line by line, whether notes, proofs and tiles hold, with nothing but golang.org/x/mod/sumdb.
//
// In:  tab-separated fields, hashes and notes in base64.
//
//	note VKEY NOTE                                  -> ok ORIGIN-AND-REST (the signed text, in base64)
//	inclusion SIZE INDEX ROOT LEAFHASH PROOF...     -> ok
//	consistency OLD NEW OLDROOT NEWROOT PROOF...    -> ok
//	tiles FOLDER SIZE ROOT INDEX...                 -> ok and the leaf hash of each index, through tlog.TileHashReader
//
// Out: "ok ..." or "no REASON", one line for each.
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder string

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		// C2SP tlog-tiles leaves out the height that the paths of the Go checksum database begin with.
		path := strings.TrimPrefix(tile.Path(), "tile/8/")
		read, err := os.ReadFile(filepath.Join(string(f), "tile", path))
		if err != nil {
			return nil, err
		}
		data[i] = read
	}
	return data, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func hash(text string) (h tlog.Hash) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || copy(h[:], raw) != len(raw) || len(raw) != len(h) {
		panic("not a hash: " + text)
	}
	return h
}

func hashes(texts []string) (found []tlog.Hash) {
	for _, text := range texts {
		found = append(found, hash(text))
	}
	return found
}

func check(words []string) (told string, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v", fault)
		}
	}()
	switch words[0] {
	case "note":
		raw, err := base64.StdEncoding.DecodeString(words[2])
		if err != nil {
			return "", err
		}
		verifier, err := note.NewVerifier(words[1])
		if err != nil {
			return "", err
		}
		opened, err := note.Open(raw, note.VerifierList(verifier))
		if err != nil {
			return "", err
		}
		return base64.StdEncoding.EncodeToString([]byte(opened.Text)), nil
	case "inclusion":
		return "", tlog.CheckRecord(hashes(words[5:]), number(words[1]), hash(words[3]), number(words[2]), hash(words[4]))
	case "consistency":
		return "", tlog.CheckTree(hashes(words[5:]), number(words[2]), hash(words[4]), number(words[1]), hash(words[3]))
	case "tiles":
		reader := tlog.TileHashReader(tlog.Tree{N: number(words[2]), Hash: hash(words[3])}, folder(words[1]))
		var found []string
		for _, text := range words[4:] {
			read, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, number(text))})
			if err != nil {
				return "", err
			}
			found = append(found, base64.StdEncoding.EncodeToString(read[0][:]))
		}
		return strings.Join(found, " "), nil
	}
	return "", fmt.Errorf("nothing is called %q", words[0])
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		told, err := check(strings.Split(lines.Text(), "\t"))
		if err != nil {
			fmt.Fprintln(out, "no", strings.ReplaceAll(err.Error(), "\n", " "))
			continue
		}
		fmt.Fprintln(out, "ok", told)
	}
}
