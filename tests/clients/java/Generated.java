package javax.annotation;

/** Marks what a generator wrote; Java itself has it no more. */
public @interface Generated {
  String value();

  String comments();
}
