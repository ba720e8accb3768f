module example.net/dialer

go 1.21
