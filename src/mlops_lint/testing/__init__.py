"""The fixture harness: small repositories with marked lines. Plugin authors get it too."""
