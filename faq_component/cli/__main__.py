"""``python -m faq_component.cli``."""

import sys

from faq_component.cli import main

sys.exit(main())
