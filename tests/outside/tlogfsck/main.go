// tlogfsck checks a log of static files (C2SP tlog-tiles) with golang.org/x/mod, the code that checks
// Go's own checksum database: a second implementation, in another language, by other people.
//
//	tlogfsck -log DIR|URL -vkey KEY[,WITNESS KEY...] [-old FILE,...] [-receipt FILE -entry FILE]
//
// Everything is derived again from the entry bundles: each leaf, each stored hash, each tile, the
// root. Of x/mod it uses note, RecordHash, StoredHashes, TreeHash, ReadTileData, ProveTree, CheckTree
// and CheckRecord. It must never use TileHashReader: up to v0.39 that one believes a leaf hash that
// was forged along with its entry (CVE-2026-56865), and Debian 12 has v0.7.
//
// Ends with 0 if all holds, else 1 and one line that says what does not.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	// Larger than any file of a log: a bundle of 256 entries of 65,535 bytes.
	fileBytesMax = tileWidth * (2 + 65535)
)

// witnessKey verifies cosignature/v1 (type 4), which x/mod does not know.
type witnessKey struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func (w witnessKey) Name() string    { return w.name }
func (w witnessKey) KeyHash() uint32 { return w.id }
func (w witnessKey) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	if time >= 1<<63 {
		return false
	}
	signed := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), text...)
	return ed25519.Verify(w.key, signed, signature[8:])
}

func parseKey(vkey string) (note.Verifier, error) {
	if verifier, err := note.NewVerifier(vkey); err == nil {
		return verifier, nil
	}
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is not a key", vkey)
	}
	material, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(material) != 1+ed25519.PublicKeySize || material[0] != 4 {
		return nil, fmt.Errorf("%q is neither a log's key nor a witness'", vkey)
	}
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), material...))
	if fmt.Sprintf("%x", digest[:4]) != parts[1] {
		return nil, fmt.Errorf("the id of %q is not that of its key", vkey)
	}
	return witnessKey{parts[0], binary.BigEndian.Uint32(digest[:4]), material[1:]}, nil
}

// checker holds what was derived.
type checker struct {
	source string
	log    note.Verifier
	all    note.Verifiers
	hashes []tlog.Hash // as tlog.StoredHashIndex numbers them
}

// ReadHashes gives derived hashes only.
func (c *checker) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(c.hashes)) {
			return nil, fmt.Errorf("no hash %d was derived", index)
		}
		found[i] = c.hashes[index]
	}
	return found, nil
}

func (c *checker) read(path string) ([]byte, error) {
	if !strings.HasPrefix(c.source, "http://") && !strings.HasPrefix(c.source, "https://") {
		return os.ReadFile(filepath.Join(c.source, filepath.FromSlash(path)))
	}
	response, err := http.Get(strings.TrimRight(c.source, "/") + "/" + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, fileBytesMax+1))
}

// open verifies a checkpoint: size and root, and how many known keys signed it.
func (c *checker) open(text []byte) (tree tlog.Tree, signatures int, err error) {
	opened, err := note.Open(text, c.all)
	if err != nil {
		return tree, 0, err
	}
	byLog := false
	for _, signature := range opened.Sigs {
		byLog = byLog || signature.Name == c.log.Name() && signature.Hash == c.log.KeyHash()
	}
	if !byLog {
		return tree, 0, errors.New("the log itself has not signed")
	}
	// tlog.ParseTree knows one origin only.
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != c.log.Name() {
		return tree, 0, errors.New("it is no checkpoint of this log")
	}
	tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || tree.N < 0 || strconv.FormatInt(tree.N, 10) != lines[1] {
		return tree, 0, fmt.Errorf("%q is not a size", lines[1])
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, len(opened.Sigs), err
}

// treeHash is tlog.TreeHash, but for the empty tree, of which v0.7 makes 32 zero bytes.
func (c *checker) treeHash(size int64) (tlog.Hash, error) {
	if size == 0 {
		return sha256.Sum256(nil), nil
	}
	return tlog.TreeHash(size, c)
}

// tilePath is the C2SP path; x/mod writes the height in it and calls bundles data.
func tilePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func (c *checker) deriveLeaves(size int64) error {
	for first := int64(0); first < size; first += tileWidth {
		width := size - first
		if width > tileWidth {
			width = tileWidth
		}
		path := tilePath(tlog.Tile{H: tileHeight, L: -1, N: first / tileWidth, W: int(width)})
		bundle, err := c.read(path)
		if err != nil {
			return err
		}
		for index := first; index < first+width; index++ {
			if len(bundle) < 2 {
				return fmt.Errorf("%s ends before entry %d", path, index)
			}
			length := 2 + int(binary.BigEndian.Uint16(bundle))
			if len(bundle) < length {
				return fmt.Errorf("%s ends inside entry %d", path, index)
			}
			stored, err := tlog.StoredHashes(index, bundle[2:length], c)
			if err != nil {
				return err
			}
			c.hashes = append(c.hashes, stored...)
			bundle = bundle[length:]
		}
		if len(bundle) != 0 {
			return fmt.Errorf("%s has %d bytes too many", path, len(bundle))
		}
	}
	return nil
}

// compareTiles holds every stored tile against the derived one. tlog.NewTiles of v0.7 lists narrower
// partial tiles too, so the list is made here.
func (c *checker) compareTiles(size int64) (count int, err error) {
	for level := 0; size>>(tileHeight*level) > 0; level++ {
		nodes := size >> (tileHeight * level)
		for tile := int64(0); tile*tileWidth < nodes; tile++ {
			width := nodes - tile*tileWidth
			if width > tileWidth {
				width = tileWidth
			}
			at := tlog.Tile{H: tileHeight, L: level, N: tile, W: int(width)}
			derived, err := tlog.ReadTileData(at, c)
			if err != nil {
				return count, err
			}
			stored, err := c.read(tilePath(at))
			if err != nil {
				return count, err
			}
			if !bytes.Equal(derived, stored) {
				return count, fmt.Errorf("%s is not what the entries give", tilePath(at))
			}
			count++
		}
	}
	return count, nil
}

func (c *checker) checkOld(path string, head tlog.Tree) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	old, _, err := c.open(text)
	if err != nil {
		return fmt.Errorf("%s: %v", path, err)
	}
	if old.N > head.N {
		return fmt.Errorf("%s: %d entries were signed, %d are shown: ROLLBACK", path, old.N, head.N)
	}
	derived, err := c.treeHash(old.N)
	if err != nil {
		return err
	}
	if derived != old.Hash {
		return fmt.Errorf("%s: its %d entries are not those of the log: FORK", path, old.N)
	}
	if old.N == 0 {
		return nil
	}
	// The proof by itself, too.
	proof, err := tlog.ProveTree(head.N, old.N, c)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash)
}

// checkReceipt verifies a C2SP tlog-proof for the bytes of an entry.
func (c *checker) checkReceipt(receiptPath, entryPath string) error {
	text, err := os.ReadFile(receiptPath)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryPath)
	if err != nil {
		return err
	}
	split := strings.SplitN(string(text), "\n\n", 2)
	lines := strings.Split(split[0], "\n")
	if len(split) != 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("%s is no receipt", receiptPath)
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return fmt.Errorf("%s has no index", receiptPath)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, _, err := c.open([]byte(split[1]))
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func run() error {
	source := flag.String("log", "", "directory or URL prefix of the log")
	vkeys := flag.String("vkey", "", "keys, the log's first, separated by commas")
	old := flag.String("old", "", "older checkpoints, separated by commas")
	receipt := flag.String("receipt", "", "a receipt")
	entry := flag.String("entry", "", "the entry that the receipt is for")
	flag.Parse()

	var keys []note.Verifier
	for _, vkey := range strings.Split(*vkeys, ",") {
		key, err := parseKey(strings.TrimSpace(vkey))
		if err != nil {
			return err
		}
		keys = append(keys, key)
	}
	c := &checker{source: *source, log: keys[0], all: note.VerifierList(keys...)}

	text, err := c.read("checkpoint")
	if err != nil {
		return err
	}
	head, signatures, err := c.open(text)
	if err != nil {
		return fmt.Errorf("checkpoint: %v", err)
	}
	if err := c.deriveLeaves(head.N); err != nil {
		return err
	}
	root, err := c.treeHash(head.N)
	if err != nil {
		return err
	}
	if root != head.Hash {
		return fmt.Errorf("the entries give the root %v, signed is %v", root, head.Hash)
	}
	tiles, err := c.compareTiles(head.N)
	if err != nil {
		return err
	}
	if *old != "" {
		for _, path := range strings.Split(*old, ",") {
			if err := c.checkOld(path, head); err != nil {
				return err
			}
		}
	}
	if *receipt != "" {
		if err := c.checkReceipt(*receipt, *entry); err != nil {
			return fmt.Errorf("%s: %v", *receipt, err)
		}
	}
	fmt.Printf("tlogfsck: %d entries, root %v, %d signatures, %d tiles: all holds\n", head.N, root,
		signatures, tiles)
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "tlogfsck:", err)
		os.Exit(1)
	}
}
