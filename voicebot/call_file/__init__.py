"""What one call leaves behind: recording, waits measured from the sound, transcript, call.json and a timeline."""
