"""Ten thousand notifications by mail, through a mail server that fails all the time."""
