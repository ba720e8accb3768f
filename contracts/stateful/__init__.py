"""The machine: random histories of a client, of VoIPbin and of the network between them, held against a plain model."""
