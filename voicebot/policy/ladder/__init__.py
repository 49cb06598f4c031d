"""The on-call ladder as pure rules: planned once, then climbed one signal at a time until a person acknowledges."""
