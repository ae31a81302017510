// Vite puts a style sheet that a module imports beside that module's code.
declare module '*.css';
