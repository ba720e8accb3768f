"""The SIP messages of a call, as a capture between VoIPbin and the carrier shows them."""
