"""Where answers come from: a pipe, an editor in a terminal, a microphone."""
