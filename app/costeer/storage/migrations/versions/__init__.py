"""One file per revision, in the order `down_revision` tells."""
