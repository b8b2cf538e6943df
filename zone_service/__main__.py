"""``python -m zone_service …`` is ``zone …``."""

from zone_service.cli import main

if __name__ == "__main__":
    main()
