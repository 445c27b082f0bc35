"""The worker process: claims due jobs and carries them through the stages."""
