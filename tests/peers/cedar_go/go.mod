module ambit/peers/cedar_go

go 1.23.0

require github.com/cedar-policy/cedar-go v1.6.0

require golang.org/x/exp v0.0.0-20220921023135-46d9e7742f1e // indirect
