module pktkit.io/bench/peers/original

go 1.25.3

require github.com/KarpelesLab/pktkit v0.1.3-0.20260413033743-c53a05d64c9b
