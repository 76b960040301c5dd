package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/weftql/weft/internal/persisted"
)

// unusedOperations lists the trusted documents that none of the instances was
// asked for. It takes their private addresses.
func unusedOperations(ctx context.Context, in invocation) error {
	set := in.flags("operations unused", "ADDRESS...")
	if err := in.parse(set, anyNumber); err != nil {
		return err
	}
	if set.NArg() == 0 {
		return errors.New("usage: weft operations unused ADDRESS..., the private addresses (WEFT_PRIVATE_ADDR) of all instances")
	}
	var since time.Time
	documents := map[string]persisted.DocumentUsage{}
	for _, address := range set.Args() {
		usage, err := usageOf(ctx, address)
		if err != nil {
			return fmt.Errorf("ask %s: %w", address, err)
		}
		if usage.Since.After(since) {
			since = usage.Since
		}
		for _, d := range usage.Documents {
			d.Used += documents[d.Key()].Used
			documents[d.Key()] = d
		}
	}
	var unused []persisted.DocumentUsage
	for _, d := range documents {
		if d.Used == 0 {
			unused = append(unused, d)
		}
	}
	slices.SortFunc(unused, func(a, b persisted.DocumentUsage) int { return cmp.Compare(a.Place+a.Key(), b.Place+b.Key()) })
	fmt.Fprintf(in.stdout, "%d of %d documents were not asked for since %s, when the last instance started\n",
		len(unused), len(documents), since.UTC().Format(time.RFC3339))
	for _, d := range unused {
		fmt.Fprintf(in.stdout, "%s\t%s\t%s\n", d.Key(), d.Name, d.Place)
	}
	return nil
}

// maxUsage bounds what is read of an instance: 100,000 documents.
const maxUsage = 64 << 20

func usageOf(ctx context.Context, address string) (u persisted.Usage, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(address, "/")+"/documents", nil)
	if err != nil {
		return u, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return u, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return u, fmt.Errorf("the answer has status %d: is it the private address?", response.StatusCode)
	}
	err = json.NewDecoder(io.LimitReader(response.Body, maxUsage)).Decode(&u)
	return u, err
}
