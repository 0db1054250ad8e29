"""Reporters: an outcome printed for people and for machines. They decide nothing, open no file and know no concrete rule."""
