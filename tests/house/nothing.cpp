// A link test only links: a library's whole archive with its declared dependencies. There is nothing to run.
int main() { return 0; }
