"""The whole path of an event: REST call, database, channels, the last socket."""
