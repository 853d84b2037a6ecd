"""One room, thousands of sockets: Festoon beside other realtime servers."""
