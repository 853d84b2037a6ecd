#!/bin/sh
# Without arguments: migrates, then serves. With arguments: that command of festoon and nothing else,
# so that several hosts can be started behind one `migrate`.
set -eu
if [ "$#" -eq 0 ]; then
    festoon migrate
    set -- serve
fi
exec festoon "$@"
