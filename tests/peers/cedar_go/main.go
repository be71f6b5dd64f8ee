// Decides the requests that cedar_workloads wrote to a folder with cedar-go, and prints the median
// time of each workload in nanoseconds. Exit status 1 where it decides otherwise than we did.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	cedar "github.com/cedar-policy/cedar-go"
)

type workload struct {
	Policies string          `json:"policies"`
	Entities cedar.EntityMap `json:"entities"`
	Requests []struct {
		Principal, Action, Resource struct{ Type, ID string }
		Context                     cedar.Record
		Decision                    string
	} `json:"requests"`
}

const passes = 20

func measure(path string) (int64, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var w workload
	if err := json.Unmarshal(bytes, &w); err != nil {
		return 0, err
	}
	policies, err := cedar.NewPolicySetFromBytes("policies", []byte(w.Policies))
	if err != nil {
		return 0, err
	}
	var took []int64
	for pass := 0; pass < passes; pass++ {
		for i, r := range w.Requests {
			request := cedar.Request{
				Principal: cedar.NewEntityUID(cedar.EntityType(r.Principal.Type), cedar.String(r.Principal.ID)),
				Action:    cedar.NewEntityUID(cedar.EntityType(r.Action.Type), cedar.String(r.Action.ID)),
				Resource:  cedar.NewEntityUID(cedar.EntityType(r.Resource.Type), cedar.String(r.Resource.ID)),
				Context:   r.Context,
			}
			start := time.Now()
			decision, _ := cedar.Authorize(policies, w.Entities, request)
			took = append(took, time.Since(start).Nanoseconds())
			if (decision == cedar.Allow) != (r.Decision == "allow") {
				return 0, fmt.Errorf("request %d: %v, and not %s", i, decision, r.Decision)
			}
		}
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	return took[len(took)/2], nil
}

func main() {
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.json"))
	if err != nil || len(files) == 0 {
		log.Fatal("no workloads in ", os.Args[1])
	}
	out := map[string]int64{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		median, err := measure(file)
		if err != nil {
			log.Fatal(name, ": ", err)
		}
		out[name] = median
	}
	text, _ := json.Marshal(out)
	fmt.Println(string(text))
}
