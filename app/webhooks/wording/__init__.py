"""What is said, in words, before any format: a message summed up, and its texts made safe."""
