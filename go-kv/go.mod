module kvbench/go-kv

go 1.22
