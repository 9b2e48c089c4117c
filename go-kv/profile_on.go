//go:build kvprofile

package main

import (
	"errors"
	"os"
	"runtime/pprof"
)

// recorded serves, and leaves a CPU profile of that in the file that KV_PROFILE names,
// if it names one.
func recorded(serve func() error) error {
	name, ok := os.LookupEnv("KV_PROFILE")
	if !ok {
		return serve()
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(err, file.Close())
	}
	served := serve()
	pprof.StopCPUProfile()
	return errors.Join(served, file.Close())
}
