"""How fast `/match` answers over HTTP, beside the web server that answers nothing."""
