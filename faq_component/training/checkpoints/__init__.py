"""Read, write and convert model folders."""
